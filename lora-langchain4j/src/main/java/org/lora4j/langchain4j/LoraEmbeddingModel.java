/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.embed.TextEmbedder;

/**
 * LangChain4j's {@link EmbeddingModel} over a {@link TextEmbedder}.
 *
 * <p>Texts of the input type QUERY stand after the model's prompt for queries, those of type
 * DOCUMENT after that for documents, and others after its default prompt, where it has these. With
 * dimensions a vector is cut to its first numbers, and not normalised again. Other parameters are
 * refused.
 *
 * <p>Thread-safe, as the embedder is; a call runs with the adapters that are active on its thread.
 * The embedder stays the caller's.
 */
public final class LoraEmbeddingModel implements EmbeddingModel {
    private final TextEmbedder embedder;
    private final String name;
    private volatile int dimension;

    private LoraEmbeddingModel(TextEmbedder embedder) {
        this.embedder = embedder;
        Path folder = embedder.model().config().directory().getFileName();
        this.name = folder == null ? "lora4j" : folder.toString();
    }

    /**
     * Returns the model of an embedder.
     *
     * @param embedder what makes the vectors
     */
    public static LoraEmbeddingModel of(TextEmbedder embedder) {
        return new LoraEmbeddingModel(embedder);
    }

    /**
     * Makes the vectors of texts.
     *
     * @param request texts, and perhaps their type and how many dimensions
     * @throws IllegalArgumentException if there are fewer than 1 dimensions
     * @throws IllegalStateException if the embedder's model is closed
     */
    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        Integer dimensions = request.dimensions();
        TextEmbedder cut = dimensions == null ? embedder : embedder.withDimensions(dimensions);
        List<String> texts = request.inputs().stream().map(EmbeddingInput::text).toList();
        List<Embedding> embeddings =
                embed(cut, request.inputType(), texts).stream().map(Embedding::from).toList();
        return EmbeddingResponse.builder().embeddings(embeddings).modelName(name).build();
    }

    private static List<float[]> embed(
            TextEmbedder embedder, @Nullable EmbeddingInputType type, List<String> texts) {
        if (type == null) {
            return embedder.embed(texts);
        }
        return switch (type) {
            case QUERY -> embedder.embedQueries(texts);
            case DOCUMENT -> embedder.embedDocuments(texts);
        };
    }

    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return Set.of(EmbeddingRequestParameters.DIMENSIONS, EmbeddingRequestParameters.INPUT_TYPE);
    }

    /** Returns how many numbers a vector has. */
    @Override
    public int dimension() {
        if (dimension == 0) {
            dimension = embedder.embed("").length;
        }
        return dimension;
    }

    /** Returns the name of the folder that the model was loaded from. */
    @Override
    public String modelName() {
        return name;
    }
}
