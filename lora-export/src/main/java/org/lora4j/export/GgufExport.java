/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.lora4j.export.decoder.DecoderSettings;
import org.lora4j.export.decoder.DecoderTensors;
import org.lora4j.export.decoder.LlamaCppFamily;
import org.lora4j.export.decoder.WeightSource;
import org.lora4j.export.gguf.GgufFile;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.export.words.GgufTokenizer;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.merge.MergedTensors;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.text.TextTokenizer;

/**
 * Writes a language model as a GGUF file for llama.cpp, Ollama and what is built on them: weights,
 * settings, tokenizer and chat templates, as llama.cpp's convert_hf_to_gguf.py does.
 */
public final class GgufExport {
    private GgufExport() {}

    /**
     * Writes a model. Its tensors are converted one after the other as they are written.
     *
     * @param model a language model without adapters, such as one that they were merged into
     * @param file the file, written whole or not at all
     * @param type how matrices are stored; vectors stay float32
     * @throws IOException if llama.cpp's model of the family lacks something that this one has, or
     *     the file cannot be written
     * @throws IllegalStateException if the model has adapters
     */
    public static void write(LoraModel model, Path file, GgufType type) throws IOException {
        WeightSource weights = WeightSource.of(model.manager(), ModelWeights.merged(model));
        write(
                weights,
                model.config(),
                model.modelFiles(),
                model.vocabularySize(),
                model.tokenizer(),
                file,
                type);
    }

    /**
     * Writes a model that is read and merged while it is written: in memory is one module at a
     * time.
     *
     * @param model the tensors, in float32 for the numbers of {@link #write(LoraModel, Path,
     *     GgufType)}
     * @param file the file, written whole or not at all
     * @param type how matrices are stored; vectors stay float32
     * @throws IOException if llama.cpp's model of the family lacks something that this one has, or
     *     a file cannot be read or written
     */
    public static void write(MergedTensors model, Path file, GgufType type) throws IOException {
        Path words = model.tokenizer();
        if (Files.notExists(words.resolve("tokenizer.json"))) {
            throw new IOException(words + ": no tokenizer.json, which a GGUF file is to hold");
        }
        try (TextTokenizer tokenizer = TextTokenizer.load(words)) {
            write(
                    WeightSource.of(model),
                    model.config(),
                    model.files(),
                    model.vocabularySize(),
                    tokenizer,
                    file,
                    type);
        }
    }

    private static void write(
            WeightSource weights,
            ModelConfig config,
            Map<String, Path> files,
            int vocabulary,
            TextTokenizer tokenizer,
            Path file,
            GgufType type)
            throws IOException {
        LlamaCppFamily family = LlamaCppFamily.of(config);
        GgufFile gguf = new GgufFile();
        gguf.put("general.architecture", family.architecture())
                .put("general.type", "model")
                .put("general.name", name(config.directory()))
                .put("general.file_type", type.fileType())
                .put("general.quantization_version", 2);
        DecoderSettings.Heads heads =
                DecoderSettings.addTo(gguf, config, family, weights.manager());
        if (family.architecture().equals("llama")) {
            gguf.put("llama.vocab_size", vocabulary);
        }
        GgufTokenizer.addTo(gguf, files, config, vocabulary, tokenizer);
        new DecoderTensors(family, heads.query(), heads.key()).addTo(gguf, weights, type);
        gguf.write(file);
    }

    private static String name(Path directory) {
        return String.valueOf(directory.getFileName());
    }
}
