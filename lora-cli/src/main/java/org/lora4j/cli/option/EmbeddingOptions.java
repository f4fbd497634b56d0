/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.embed.EmbeddingLoss;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** How embeddings are learnt. */
public final class EmbeddingOptions {
    /** The options that only embeddings have. */
    public static final List<String> NAMES =
            List.of(
                    "--loss",
                    "--scale",
                    "--margin",
                    "--distance",
                    "--matryoshka",
                    "--texts-at-once");

    /** A loss. */
    public enum Loss {
        MNRL,
        TRIPLET,
        COSINE,
        COSENT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The distance of a triplet loss. */
    public enum Distance {
        EUCLIDEAN,
        COSINE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--loss",
            paramLabel = "LOSS",
            description =
                    "embedding: mnrl finds each anchor's positive among the batch's; triplet keeps"
                            + " negatives away; cosine and cosent learn scores of pairs.")
    private Loss loss = Loss.MNRL;

    @Option(
            names = "--scale",
            paramLabel = "S",
            description = "embedding: what cosines are multiplied by, for mnrl and cosent.")
    private double scale = 20;

    @Option(names = "--margin", paramLabel = "M", description = "embedding: the margin of triplet.")
    private double margin = 5;

    @Option(
            names = "--distance",
            paramLabel = "euclidean|cosine",
            description = "embedding: the distance of triplet.")
    private Distance distance = Distance.EUCLIDEAN;

    @Option(
            names = "--matryoshka",
            split = ",",
            paramLabel = "D",
            description =
                    "embedding: learn vectors that are cut to these sizes too, such as"
                            + " 384,128,64.")
    private @Nullable List<Integer> matryoshka;

    @Option(
            names = "--texts-at-once",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description =
                    "embedding: how many texts of a batch are in memory at a time; the result is"
                            + " the same, in up to half more time. Default: all.")
    private int atOnce;

    /**
     * Returns the loss.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public EmbeddingLoss loss() {
        EmbeddingLoss plain =
                switch (loss) {
                    case MNRL -> EmbeddingLoss.multipleNegativesRanking(scale);
                    case TRIPLET -> EmbeddingLoss.triplet(margin, distance == Distance.COSINE);
                    case COSINE -> EmbeddingLoss.cosineSimilarity();
                    case COSENT -> EmbeddingLoss.coSent(scale);
                };
        return matryoshka == null ? plain : plain.matryoshka(matryoshka);
    }

    /**
     * Refuses options that the loss does not have.
     *
     * @param report what refuses
     */
    public void check(ReportOptions report) {
        String why = " is not for --loss " + loss;
        boolean scaled = loss == Loss.MNRL || loss == Loss.COSENT;
        report.refuse(scaled ? List.of() : List.of("--scale"), why);
        report.refuse(loss == Loss.TRIPLET ? List.of() : List.of("--margin", "--distance"), why);
    }

    /** Returns how many texts are run at a time, 0 for all. */
    public int atOnce() {
        return atOnce;
    }
}
