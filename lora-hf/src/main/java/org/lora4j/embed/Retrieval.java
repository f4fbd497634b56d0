/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.embed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Measures how well texts are found: for each query all documents are ranked by the cosine, as in
 * sentence-transformers' InformationRetrievalEvaluator. Immutable.
 *
 * @param queries what is searched for
 * @param documents the texts that are searched
 * @param relevant the numbers of the right documents of each query, at least one
 */
public record Retrieval(List<String> queries, List<String> documents, List<Set<Integer>> relevant) {
    /**
     * Copies and checks.
     *
     * @throws IllegalArgumentException if there are no queries, or one has no right document
     */
    public Retrieval {
        queries = List.copyOf(queries);
        documents = List.copyOf(documents);
        relevant = relevant.stream().map(Set::copyOf).toList();
        if (queries.isEmpty() || queries.size() != relevant.size()) {
            throw new IllegalArgumentException(
                    "%d queries and right documents of %d; expected as many, one at least"
                            .formatted(queries.size(), relevant.size()));
        }
        for (int i = 0; i < queries.size(); i++) {
            int query = i;
            if (relevant.get(i).isEmpty()) {
                throw new IllegalArgumentException("query " + i + " has no right document");
            }
            for (int document : relevant.get(i)) {
                if (document < 0 || document >= documents.size()) {
                    throw new IllegalArgumentException(
                            "query %d has the right document %d of %d"
                                    .formatted(query, document, documents.size()));
                }
            }
        }
    }

    /**
     * Makes a search of examples: the first text of each is a query, the second a right document,
     * and all others are documents too. Equal texts are one.
     *
     * @param data pairs, or examples with negatives
     */
    public static Retrieval of(EmbeddingTexts data) {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        Map<String, Set<Integer>> right = new LinkedHashMap<>();
        for (EmbeddingExample example : data.examples()) {
            if (example.texts().size() < 2) {
                throw new IllegalArgumentException(
                        data.source() + ": single texts; expected a query and its answer");
            }
            for (String text : example.texts().subList(1, example.texts().size())) {
                numbers.putIfAbsent(text, numbers.size());
            }
            right.computeIfAbsent(example.texts().get(0), query -> new LinkedHashSet<>())
                    .add(numbers.getOrDefault(example.texts().get(1), 0));
        }
        return new Retrieval(
                List.copyOf(right.keySet()),
                List.copyOf(numbers.keySet()),
                List.copyOf(right.values()));
    }

    /** Measures with k of 1, 3, 5 and 10, MRR and NDCG at 10, and MAP at 100. */
    public Map<String, Double> evaluate(TextEmbedder embedder) {
        return evaluate(embedder, List.of(1, 3, 5, 10), 10, 100);
    }

    /**
     * Measures.
     *
     * @param embedder makes the vectors; queries after its prompt for them, documents likewise
     * @param ranks the k of accuracy@k, precision@k and recall@k
     * @param gainRank the k of mrr@k and ndcg@k
     * @param meanRank the k of map@k
     * @return each measure by its name
     */
    public Map<String, Double> evaluate(
            TextEmbedder embedder, List<Integer> ranks, int gainRank, int meanRank) {
        float[][] asked = normalised(embedder.embedQueries(queries));
        float[][] there = normalised(embedder.embedDocuments(documents));
        Map<String, Double> sums = new LinkedHashMap<>();
        int deepest = Math.max(gainRank, meanRank);
        for (int rank : ranks) {
            deepest = Math.max(deepest, rank);
        }
        for (int query = 0; query < asked.length; query++) {
            int[] ranked = ranked(asked[query], there, deepest);
            add(sums, ranked, relevant.get(query), new TreeSet<>(ranks), gainRank, meanRank);
        }
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((name, sum) -> means.put(name, sum / asked.length));
        return means;
    }

    private static void add(
            Map<String, Double> sums,
            int[] ranked,
            Set<Integer> right,
            Set<Integer> ranks,
            int gainRank,
            int meanRank) {
        for (int rank : ranks) {
            long hits = hits(ranked, right, rank);
            sums.merge("accuracy@" + rank, hits > 0 ? 1.0 : 0.0, Double::sum);
            sums.merge("precision@" + rank, (double) hits / rank, Double::sum);
            sums.merge("recall@" + rank, (double) hits / right.size(), Double::sum);
        }
        double reciprocal = 0;
        double gain = 0;
        double ideal = 0;
        double precisions = 0;
        int found = 0;
        for (int i = 0; i < ranked.length; i++) {
            if (!right.contains(ranked[i])) {
                continue;
            }
            if (i < gainRank) {
                reciprocal = reciprocal == 0 ? 1.0 / (i + 1) : reciprocal;
                gain += discount(i);
            }
            if (i < meanRank) {
                found++;
                precisions += (double) found / (i + 1);
            }
        }
        for (int i = 0; i < Math.min(right.size(), gainRank); i++) {
            ideal += discount(i);
        }
        sums.merge("mrr@" + gainRank, reciprocal, Double::sum);
        sums.merge("ndcg@" + gainRank, gain / ideal, Double::sum);
        sums.merge("map@" + meanRank, precisions / Math.min(meanRank, right.size()), Double::sum);
    }

    private static double discount(int place) {
        return Math.log(2) / Math.log(place + 2);
    }

    private static long hits(int[] ranked, Set<Integer> right, int rank) {
        return Arrays.stream(ranked).limit(rank).filter(right::contains).count();
    }

    private static float[][] normalised(List<float[]> vectors) {
        List<float[]> unit = new ArrayList<>();
        for (float[] vector : vectors) {
            double squares = 0;
            for (float x : vector) {
                squares += (double) x * x;
            }
            float[] own = new float[vector.length];
            double norm = Math.max(Math.sqrt(squares), 1e-12);
            for (int i = 0; i < own.length; i++) {
                own[i] = (float) (vector[i] / norm);
            }
            unit.add(own);
        }
        return unit.toArray(new float[0][]);
    }

    /** The nearest documents, nearest first; the first of equal ones. */
    private static int[] ranked(float[] query, float[][] documents, int most) {
        Map<Integer, Double> cosines = new HashMap<>();
        for (int i = 0; i < documents.length; i++) {
            double product = 0;
            for (int k = 0; k < query.length; k++) {
                product += (double) query[k] * documents[i][k];
            }
            cosines.put(i, product);
        }
        List<Integer> order = new ArrayList<>(cosines.keySet());
        order.sort(
                (a, b) -> {
                    int byCosine =
                            Double.compare(
                                    cosines.getOrDefault(b, 0.0), cosines.getOrDefault(a, 0.0));
                    return byCosine == 0 ? Integer.compare(a, b) : byCosine;
                });
        return order.stream().limit(most).mapToInt(Integer::intValue).toArray();
    }
}
