/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.springai;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.lora4j.embed.TextEmbedder;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.BatchingStrategy;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;

/**
 * Spring AI's {@link EmbeddingModel} over a {@link TextEmbedder}.
 *
 * <p>Documents stand after the model's prompt for documents, where it has one. Texts stand after
 * its default prompt, or, of {@link #ofQueries}, after that for queries: a vector store gives
 * documents to be found as documents and what is searched for as text.
 *
 * <p>With dimensions a vector is cut to its first numbers, and not normalised again; another model
 * is refused.
 *
 * <p>Thread-safe, as the embedder is; a call runs with the adapters that are active on its thread.
 * The embedder stays the caller's.
 */
public final class LoraEmbeddingModel implements EmbeddingModel {
    private final TextEmbedder embedder;
    private final BiFunction<TextEmbedder, List<String>, List<float[]>> texts;
    private volatile int size;

    private LoraEmbeddingModel(
            TextEmbedder embedder, BiFunction<TextEmbedder, List<String>, List<float[]>> texts) {
        this.embedder = embedder;
        this.texts = texts;
    }

    /**
     * Returns the model of an embedder.
     *
     * @param embedder what makes the vectors
     */
    public static LoraEmbeddingModel of(TextEmbedder embedder) {
        return new LoraEmbeddingModel(embedder, TextEmbedder::embed);
    }

    /**
     * Returns the model of an embedder for a vector store: texts that are not documents are what is
     * searched for.
     *
     * @param embedder what makes the vectors
     */
    public static LoraEmbeddingModel ofQueries(TextEmbedder embedder) {
        return new LoraEmbeddingModel(embedder, TextEmbedder::embedQueries);
    }

    /**
     * Makes the vectors of texts.
     *
     * @param request the texts, and perhaps how many dimensions
     * @throws IllegalArgumentException if it asks for another model, or for fewer than 1 dimensions
     * @throws IllegalStateException if the embedder's model is closed
     */
    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        List<float[]> vectors = texts.apply(cut(request.getOptions()), request.getInstructions());
        List<Embedding> embeddings = new ArrayList<>();
        for (float[] vector : vectors) {
            embeddings.add(new Embedding(vector, embeddings.size()));
        }
        return new EmbeddingResponse(embeddings);
    }

    @Override
    public float[] embed(Document document) {
        return embedder.embedDocument(text(document));
    }

    /**
     * Makes the vectors of documents.
     *
     * @param documents the documents
     * @param options perhaps how many dimensions
     * @param batching which documents are given to the embedder at once
     * @return one for each, in their order
     */
    @Override
    public List<float[]> embed(
            List<Document> documents, EmbeddingOptions options, BatchingStrategy batching) {
        TextEmbedder cut = cut(options);
        List<float[]> vectors = new ArrayList<>();
        for (List<Document> batch : batching.batch(documents)) {
            vectors.addAll(
                    cut.embedDocuments(batch.stream().map(LoraEmbeddingModel::text).toList()));
        }
        if (vectors.size() != documents.size()) {
            throw new IllegalArgumentException(
                    "%s made batches of %d documents together; expected the %d that were given"
                            .formatted(batching, vectors.size(), documents.size()));
        }
        return vectors;
    }

    private static String text(Document document) {
        String text = document.getText();
        if (text == null) {
            throw new IllegalArgumentException(
                    "the document %s is %s; expected one with a text"
                            .formatted(document.getId(), document.getMedia()));
        }
        return text;
    }

    private TextEmbedder cut(@Nullable EmbeddingOptions options) {
        if (options != null && options.getModel() != null) {
            throw new IllegalArgumentException(
                    "the model \"%s\" is asked for; expected none, as this one is loaded"
                            .formatted(options.getModel()));
        }
        Integer dimensions = options == null ? null : options.getDimensions();
        return dimensions == null ? embedder : embedder.withDimensions(dimensions);
    }

    /** Returns how many numbers a vector has. */
    @Override
    public int dimensions() {
        if (size == 0) {
            size = embedder.embed("").length;
        }
        return size;
    }
}
