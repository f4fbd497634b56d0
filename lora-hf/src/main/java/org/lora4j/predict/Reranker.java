/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.hf.LoraModel;
import org.lora4j.text.TextExample;
import org.lora4j.text.TextTarget;
import org.lora4j.train.metric.Ranking;

/**
 * Ranks documents by how relevant they are to a query: a cross-encoder, which reads both together.
 * Of a model with one output a score is its sigmoid, as sentence-transformers' CrossEncoder gives
 * it; of one with labels it is the probability of a label. Pairs longer than the model's positions
 * are cut, the longer text first.
 *
 * <p>Thread-safe; pairs of a call are run together, with the adapters that are active on the
 * calling thread when it begins. The model stays the caller's: where it is closed, calls end with
 * an IllegalStateException.
 */
public final class Reranker {
    private static final int BATCH = 32;
    private static final int RANK = 10;

    private final TextRuns runs;
    private final int label;

    private Reranker(LoraModel model, int label) {
        this.runs = new TextRuns(model, BATCH);
        this.label = label;
    }

    /**
     * Returns a reranker.
     *
     * @param model a model that was loaded with {@link org.lora4j.hf.Task#reranking}
     * @throws IllegalStateException if it is for another task
     */
    public static Reranker of(LoraModel model) {
        if (model.target() != TextTarget.RELEVANCE) {
            throw new IllegalStateException(
                    "the model gives no relevance; expected one that was loaded with"
                        + " Task.reranking(), or Reranker.of(model, label) for one with labels");
        }
        return new Reranker(model, -1);
    }

    /**
     * Returns a reranker by a label of a classifier, such as {@code entailment}.
     *
     * @param model a model that was loaded with {@link org.lora4j.hf.Task#sequenceClassification}
     * @param label the label whose probability is the score
     * @throws IllegalArgumentException if the model does not have the label
     */
    public static Reranker of(LoraModel model, String label) {
        int index = model.labels().indexOf(label);
        if (index < 0 || model.target() != TextTarget.LABEL) {
            throw new IllegalArgumentException(
                    "no label '%s'; the model has %s".formatted(label, model.labels()));
        }
        return new Reranker(model, index);
    }

    /**
     * Ranks documents.
     *
     * @param query the query
     * @param documents the documents
     * @return all of them, the most relevant first; of equal ones the first given
     * @throws IllegalStateException if the model's head was drawn at random, or it is closed
     */
    public List<RankedDocument> rank(String query, List<String> documents) {
        List<Double> scores =
                scores(documents.stream().map(text -> new TextPair(query, text)).toList());
        List<RankedDocument> ranked = new ArrayList<>();
        for (int i = 0; i < scores.size(); i++) {
            ranked.add(new RankedDocument(i, documents.get(i), scores.get(i)));
        }
        ranked.sort(Comparator.comparingDouble(RankedDocument::score).reversed());
        return ranked;
    }

    /**
     * Scores pairs of a query and a document.
     *
     * @param pairs the pairs
     * @return how relevant each document is to its query, from 0 to 1
     * @throws IllegalStateException as {@link #rank}
     */
    public List<Double> scores(List<TextPair> pairs) {
        return runs.pairs(pairs).stream().map(this::score).toList();
    }

    private double score(float[] outputs) {
        return label < 0
                ? Probabilities.sigmoid(outputs[0])
                : Probabilities.softmax(outputs, 0, outputs.length)[label];
    }

    /**
     * Measures how well documents are ranked. Rows with the same first text are one query's.
     *
     * @param rows queries, documents and, as labels, their relevance
     * @return the means over the queries with a relevant document: mrr@10, ndcg@10 and map
     * @throws IllegalArgumentException if no query has a relevant document
     */
    public Map<String, Double> evaluate(List<TextExample> rows) {
        List<Double> scores =
                scores(
                        rows.stream()
                                .map(row -> new TextPair(row.text(), String.valueOf(row.pair())))
                                .toList());
        return evaluate(rows, scores);
    }

    /**
     * Measures how well scores rank documents. Rows with the same first text are one query's.
     *
     * @param rows queries, documents and, as labels, their relevance
     * @param scores the score of each row; the greater, the better
     * @return the means over the queries with a relevant document: mrr@10, ndcg@10 and map
     * @throws IllegalArgumentException if there are not as many scores as rows, or no query has a
     *     relevant document
     */
    public static Map<String, Double> evaluate(List<TextExample> rows, List<Double> scores) {
        if (rows.size() != scores.size()) {
            throw new IllegalArgumentException(
                    "%d rows and %d scores; expected as many"
                            .formatted(rows.size(), scores.size()));
        }
        Map<String, List<Integer>> queries = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            queries.computeIfAbsent(rows.get(i).text(), query -> new ArrayList<>()).add(i);
        }
        double reciprocal = 0;
        double gain = 0;
        double precision = 0;
        int count = 0;
        for (List<Integer> own : queries.values()) {
            double[] given = own.stream().mapToDouble(scores::get).toArray();
            double[] relevance =
                    own.stream()
                            .mapToDouble(
                                    i -> Double.parseDouble(String.valueOf(rows.get(i).label())))
                            .toArray();
            Ranking ranking = Ranking.of(given, relevance);
            if (ranking.hasRelevant()) {
                count++;
                reciprocal += ranking.reciprocalRank(RANK);
                gain += ranking.ndcg(RANK);
                precision += ranking.averagePrecision();
            }
        }
        if (count == 0) {
            throw new IllegalArgumentException("no query has a relevant document");
        }
        Map<String, Double> means = new LinkedHashMap<>();
        means.put("mrr@10", reciprocal / count);
        means.put("ndcg@10", gain / count);
        means.put("map", precision / count);
        return means;
    }
}
