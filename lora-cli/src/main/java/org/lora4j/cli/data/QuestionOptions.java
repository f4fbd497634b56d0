/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.util.List;
import org.lora4j.text.question.AnswerOptions;
import picocli.CommandLine.Option;

/** How contexts are divided into windows, and how answers are read. */
public final class QuestionOptions {
    /** The options that only questions have. */
    public static final List<String> NAMES =
            List.of("--doc-stride", "--max-answer-length", "--no-answer-threshold");

    @Option(
            names = "--doc-stride",
            paramLabel = "N",
            description =
                    "For qa: how many tokens neighbouring windows of a long context share; at most"
                            + " a third of --max-length.")
    private int stride = AnswerOptions.defaults().stride();

    @Option(
            names = "--max-answer-length",
            paramLabel = "N",
            description = "For qa: the most tokens of an answer.")
    private int longest = AnswerOptions.defaults().longest();

    @Option(
            names = "--no-answer-threshold",
            paramLabel = "T",
            description =
                    "For qa, where contexts may have no answer: by how much its score must exceed"
                            + " that of the best answer.")
    private double threshold;

    /**
     * Returns the options.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public AnswerOptions answers() {
        return AnswerOptions.defaults()
                .withStride(stride)
                .withLongest(longest)
                .withThreshold(threshold);
    }
}
