/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.testkit;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import org.lora4j.safetensors.SafeTensorsWriter;

/** A random BERT of two narrow layers in a Hugging Face directory, and texts it can learn. */
public final class TinyBert {
    private static final String[] WORDS = {
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "film", "is", "good", "bad", "not", "dull",
        "fine", "plot", "long", "ending", "a"
    };
    private static final int HIDDEN = 16;
    private static final int INNER = 24;

    private TinyBert() {}

    public static Path write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(
                directory.resolve("config.json"),
                String.format(
                        Locale.ROOT,
                        """
                        {"model_type": "bert", "vocab_size": %d, "hidden_size": %d,
                         "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": %d,
                         "max_position_embeddings": 32, "type_vocab_size": 2, "hidden_act": "gelu"}
                        """,
                        WORDS.length,
                        HIDDEN,
                        INNER));
        Files.writeString(directory.resolve("tokenizer.json"), tokenizer());
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            weights(new Tensors(manager)).write(directory.resolve("model.safetensors"));
        }
        return directory;
    }

    /** Texts that say good or bad, one in a line, under the columns text and label. */
    public static Path texts(Path file, int rows) throws IOException {
        Random random = new Random(3);
        StringBuilder text = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < rows; i++) {
            boolean good = random.nextBoolean();
            text.append(random.nextBoolean() ? "the film is " : "a long plot ")
                    .append(good ? "good" : "bad")
                    .append(random.nextBoolean() ? " ending" : "")
                    .append(good ? "\tpositive\n" : "\tnegative\n");
        }
        return Files.writeString(file, text);
    }

    private static String tokenizer() {
        StringBuilder vocabulary = new StringBuilder();
        for (int i = 0; i < WORDS.length; i++) {
            vocabulary
                    .append(i == 0 ? "" : ",")
                    .append('"')
                    .append(WORDS[i])
                    .append("\":")
                    .append(i);
        }
        return """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [
           {"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true},
           {"id": 2, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true},
           {"id": 3, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true}],
         "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "decoder": null,
         "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": {@}}}
        """
                .replace("@", vocabulary);
    }

    private static SafeTensorsWriter weights(Tensors to) {
        to.table("embeddings.word_embeddings", WORDS.length);
        to.table("embeddings.position_embeddings", 32);
        to.table("embeddings.token_type_embeddings", 2);
        to.norm("embeddings.LayerNorm");
        for (int i = 0; i < 2; i++) {
            String layer = "encoder.layer." + i;
            for (String name : new String[] {"query", "key", "value"}) {
                to.linear(layer + ".attention.self." + name, HIDDEN, HIDDEN);
            }
            to.linear(layer + ".attention.output.dense", HIDDEN, HIDDEN);
            to.norm(layer + ".attention.output.LayerNorm");
            to.linear(layer + ".intermediate.dense", INNER, HIDDEN);
            to.linear(layer + ".output.dense", HIDDEN, INNER);
            to.norm(layer + ".output.LayerNorm");
        }
        to.linear("pooler.dense", HIDDEN, HIDDEN);
        return to.writer;
    }

    private static final class Tensors {
        private final Random random = new Random(11);
        private final SafeTensorsWriter writer = new SafeTensorsWriter();
        private final NDManager manager;

        Tensors(NDManager manager) {
            this.manager = manager;
        }

        void table(String path, int rows) {
            add(path + ".weight", 0, 1, rows, HIDDEN);
        }

        void linear(String path, int out, int in) {
            add(path + ".weight", 0, 1 / Math.sqrt(in), out, in);
            add(path + ".bias", 0, 0.1, out);
        }

        void norm(String path) {
            add(path + ".weight", 1, 0.1, HIDDEN);
            add(path + ".bias", 0, 0.1, HIDDEN);
        }

        private void add(String name, double mean, double deviation, long... shape) {
            float[] values = new float[(int) new Shape(shape).size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (mean + deviation * random.nextGaussian());
            }
            writer.add(name, manager.create(values, new Shape(shape)));
        }
    }
}
