/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import org.jspecify.annotations.Nullable;
import org.lora4j.hf.BatchOptions;
import picocli.CommandLine.Option;

/** The length of texts and the size of batches, with their defaults. */
public final class BatchSizeOptions {
    private static final int LABELLED_LENGTH = 128;
    private static final int LABELLED_BATCH = 32;
    static final int QUESTION_LENGTH = 384;
    private static final int CAUSAL_LENGTH = 512;
    private static final int CAUSAL_BATCH = 4;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description =
                    "Tokens of a text; longer ones are cut. Default: "
                            + (LABELLED_LENGTH + ", " + CAUSAL_LENGTH + " for causal-lm, ")
                            + (QUESTION_LENGTH + " for qa, whose contexts are read in windows."))
    private @Nullable Integer maxLength;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description =
                    "Texts in a batch, or rows of --max-length tokens with --packing. Default: "
                            + (LABELLED_BATCH + ", or " + CAUSAL_BATCH + " for causal-lm."))
    private @Nullable Integer batchSize;

    /**
     * Returns how many tokens a text has at most.
     *
     * @param causal whether the texts are a language model's
     */
    public int length(boolean causal) {
        int usual = causal ? CAUSAL_LENGTH : LABELLED_LENGTH;
        return maxLength == null ? usual : maxLength;
    }

    /**
     * Returns how many texts or rows a batch has.
     *
     * @param causal whether the texts are a language model's
     */
    public int size(boolean causal) {
        int usual = causal ? CAUSAL_BATCH : LABELLED_BATCH;
        return batchSize == null ? usual : batchSize;
    }

    /**
     * Returns how texts are batched, without shuffling.
     *
     * @param causal whether the texts are a language model's
     * @throws IllegalArgumentException if a value is out of range
     */
    public BatchOptions options(boolean causal) {
        return new BatchOptions(size(causal), length(causal), true, false, 0);
    }

    /** Returns how many tokens a question has with a window of its context. */
    public int questionLength() {
        return maxLength == null ? QUESTION_LENGTH : maxLength;
    }

    /** Returns the length that was asked for, or null. */
    @Nullable Integer askedLength() {
        return maxLength;
    }
}
