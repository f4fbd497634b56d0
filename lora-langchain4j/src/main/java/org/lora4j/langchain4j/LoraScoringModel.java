/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import java.util.List;
import org.lora4j.predict.Reranker;
import org.lora4j.predict.TextPair;

/**
 * LangChain4j's {@link ScoringModel} over a {@link Reranker}: how relevant texts are to a query,
 * from 0 to 1.
 *
 * <p>Thread-safe, as the reranker is; a call runs with the adapters that are active on its thread.
 */
public final class LoraScoringModel implements ScoringModel {
    private final Reranker reranker;

    private LoraScoringModel(Reranker reranker) {
        this.reranker = reranker;
    }

    /**
     * Returns the model of a reranker.
     *
     * @param reranker what rates the texts
     */
    public static LoraScoringModel of(Reranker reranker) {
        return new LoraScoringModel(reranker);
    }

    /**
     * Rates texts.
     *
     * @param segments the texts
     * @param query the query
     * @return the score of each text, in their order
     * @throws IllegalStateException if the model's head was drawn at random, or it is closed
     */
    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        List<TextPair> pairs =
                segments.stream().map(segment -> new TextPair(query, segment.text())).toList();
        return Response.from(reranker.scores(pairs));
    }
}
