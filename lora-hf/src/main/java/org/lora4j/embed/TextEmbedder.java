/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.embed;

import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.TextVectors;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;
import org.lora4j.text.batch.BatchPlanner;
import org.lora4j.text.tokenizer.Attempt;
import org.lora4j.torch.GradMode;

/**
 * Makes vectors of texts: sentence-transformers' {@code encode}.
 *
 * <p>Any number of threads may use it at once. A call runs all of its texts with the adapters that
 * are active on the calling thread when it begins. Texts of like lengths share a batch and are run
 * without padding; a vector does not depend on its neighbours but for the last digits. After the
 * model is closed, calls end with an IllegalStateException.
 */
public final class TextEmbedder implements AutoCloseable {
    private static final int BATCH = 32;

    private final LoraModel model;
    private final boolean owned;
    private final TextVectors vectors;
    private final int batchSize;
    private final int dimensions;

    private TextEmbedder(LoraModel model, boolean owned, int batchSize, int dimensions) {
        this.model = model;
        this.owned = owned;
        this.vectors = model.textVectors();
        this.batchSize = batchSize;
        this.dimensions = dimensions == 0 ? form().dimensions() : dimensions;
    }

    /**
     * Creates an embedder of a model.
     *
     * @param model a model that was loaded with Task.embedding(); it stays the caller's
     * @throws IllegalStateException if it was loaded for another task
     */
    public TextEmbedder(LoraModel model) {
        this(model, false, BATCH, 0);
    }

    /**
     * Loads a model for embeddings; closing the embedder closes it.
     *
     * @param directory a sentence-transformers folder, or any encoder's Hugging Face folder
     * @throws IOException if it does not hold a model of a supported family
     */
    public static TextEmbedder open(Path directory) throws IOException {
        return new TextEmbedder(LoraModel.load(directory, Task.embedding()), true, BATCH, 0);
    }

    /**
     * Loads a model with an adapter; closing the embedder closes it.
     *
     * @param directory the model's folder
     * @param adapter a PEFT directory, such as sentence-transformers saves
     * @throws IOException if either is not valid
     */
    public static TextEmbedder open(Path directory, Path adapter) throws IOException {
        LoraModel model = LoraModel.load(directory, adapter, LoadOptions.defaults());
        try {
            return new TextEmbedder(model, true, BATCH, 0);
        } catch (IllegalStateException e) {
            model.close();
            throw new IOException(adapter + ": is no adapter for embeddings", e);
        }
    }

    /**
     * Returns an embedder of the same model that gives the first numbers of each vector alone:
     * sentence-transformers' truncate_dim. They are not normalised again.
     *
     * @param size how many, at least 1; vectors that have no more stay whole
     */
    public TextEmbedder withDimensions(int size) {
        if (size < 1) {
            throw new IllegalArgumentException(size + " dimensions; expected at least 1");
        }
        return new TextEmbedder(model, owned, batchSize, size);
    }

    /**
     * Returns an embedder of the same model with another batch size.
     *
     * @param texts how many texts are run at once, 32 by default
     */
    public TextEmbedder withBatchSize(int texts) {
        if (texts < 1) {
            throw new IllegalArgumentException("batch size " + texts + "; expected at least 1");
        }
        return new TextEmbedder(model, owned, texts, dimensions);
    }

    /** Returns the model. */
    public LoraModel model() {
        return model;
    }

    /** Returns how vectors are made: the pooling, the prompts. */
    public EmbeddingForm form() {
        return vectors.form();
    }

    /** Returns the vector of a text, after the default prompt where the model has one. */
    public float[] embed(String text) {
        return embed(List.of(text)).get(0);
    }

    /**
     * Returns the vectors of texts, after the default prompt where the model has one.
     *
     * @param texts the texts
     * @return one for each, in their order
     */
    public List<float[]> embed(List<String> texts) {
        String name = form().defaultPrompt();
        return embed(name == null ? "" : prompt(name), texts);
    }

    /** Returns the vector of what is searched for, after the prompt "query". */
    public float[] embedQuery(String text) {
        return embedQueries(List.of(text)).get(0);
    }

    /** Returns the vectors of what is searched for, after the prompt "query". */
    public List<float[]> embedQueries(List<String> texts) {
        return embedNamed(List.of("query"), texts);
    }

    /** Returns the vector of a text to be found, after the prompt "document". */
    public float[] embedDocument(String text) {
        return embedDocuments(List.of(text)).get(0);
    }

    /**
     * Returns the vectors of texts to be found, after the prompt "document", or "passage" or
     * "corpus".
     */
    public List<float[]> embedDocuments(List<String> texts) {
        return embedNamed(List.of("document", "passage", "corpus"), texts);
    }

    private List<float[]> embedNamed(List<String> names, List<String> texts) {
        for (String name : names) {
            if (form().prompts().containsKey(name)) {
                return embed(prompt(name), texts);
            }
        }
        return embed(texts);
    }

    /**
     * Returns one of the model's prompts.
     *
     * @param name its name
     * @throws IllegalArgumentException if there is none of that name
     */
    public String prompt(String name) {
        Map<String, String> prompts = form().prompts();
        String prompt = prompts.get(name);
        if (prompt == null) {
            throw new IllegalArgumentException(
                    "no prompt \"%s\"; the model has %s".formatted(name, prompts.keySet()));
        }
        return prompt;
    }

    /**
     * Returns the vectors of texts after a prompt.
     *
     * @param prompt what stands before each text, perhaps empty
     * @param texts the texts
     * @return one for each, in their order
     */
    public List<float[]> embed(String prompt, List<String> texts) {
        if (texts.isEmpty()) {
            return List.of();
        }
        int longest = EmbeddingDataset.longest(model, form());
        List<Attempt<TokenizedExample>> tokens =
                Attempt.all(
                        texts.size(),
                        i -> {
                            String text = texts.get(i);
                            Objects.requireNonNull(text, () -> "text " + i + " is null");
                            return tokenize(i, prompt + text, longest);
                        });
        List<TokenizedExample> examples = tokens.stream().map(Attempt::get).toList();
        int skipped =
                prompt.isEmpty() || form().includePrompt()
                        ? 0
                        : model.tokenizer().encodeOpen(cased(prompt)).length;
        int[] lengths = examples.stream().mapToInt(TokenizedExample::length).toArray();
        float[][] found = new float[examples.size()][];
        ActiveAdapters active = model.block().loraContext().active();
        try (ActiveAdapters.Scope pass = active.pass();
                GradMode off = GradMode.off()) {
            for (int[] batch : BatchPlanner.evaluation(lengths, batchSize)) {
                active.beginBatch(batch);
                run(examples, batch, skipped, found);
            }
        }
        return Arrays.asList(found);
    }

    private TokenizedExample tokenize(int index, String text, int longest) {
        TokenizedExample tokens = model.tokenizer().encode(cased(text), null, longest);
        return new TokenizedExample(index, tokens.ids(), tokens.typeIds(), tokens.truncated());
    }

    private String cased(String text) {
        return EmbeddingDataset.cased(model, form(), text);
    }

    private void run(List<TokenizedExample> examples, int[] batch, int skipped, float[][] found) {
        List<TokenizedExample> chosen = new ArrayList<>();
        for (int text : batch) {
            chosen.add(examples.get(text));
        }
        PaddedBatch padded = PaddedBatch.of(chosen, model.tokenizer().padId().orElse(0));
        try (NDManager scope = model.manager().newSubManager()) {
            Pass pass = new Pass(new ParameterStore(model.manager(), false), false);
            float[] all = vectors.of(scope, pass, padded, skipped).toFloatArray();
            int size = all.length / batch.length;
            int kept = dimensions == 0 ? size : Math.min(size, dimensions);
            for (int i = 0; i < batch.length; i++) {
                found[batch[i]] = Arrays.copyOfRange(all, i * size, i * size + kept);
            }
        }
    }

    /**
     * Returns the cosine of two vectors.
     *
     * @throws IllegalArgumentException if they have different lengths
     */
    public static double similarity(float[] one, float[] other) {
        if (one.length != other.length) {
            throw new IllegalArgumentException(
                    "vectors of %d and %d numbers; expected as many"
                            .formatted(one.length, other.length));
        }
        double product = 0;
        double ones = 0;
        double others = 0;
        for (int i = 0; i < one.length; i++) {
            product += (double) one[i] * other[i];
            ones += (double) one[i] * one[i];
            others += (double) other[i] * other[i];
        }
        double norms = Math.sqrt(ones) * Math.sqrt(others);
        return norms == 0 ? 0 : product / norms;
    }

    /** Closes the model if the embedder has loaded it. */
    @Override
    public void close() {
        if (owned) {
            model.close();
        }
    }
}
