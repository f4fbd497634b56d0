/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.util.List;
import org.lora4j.hf.preference.PreferenceLoss;
import picocli.CommandLine.Option;

/** The loss of pairs of texts. */
public final class PreferenceOptions {
    /** The options that only pairs have. */
    public static final List<String> NAMES = List.of("--beta", "--loss-type", "--label-smoothing");

    @Option(
            names = "--beta",
            paramLabel = "BETA",
            description = "dpo: how much a step away from the base costs.")
    private double beta = 0.1;

    @Option(
            names = "--loss-type",
            paramLabel = "sigmoid|robust|hinge|ipo",
            description = "dpo: the loss of a pair.")
    private PreferenceLoss.Kind kind = PreferenceLoss.Kind.SIGMOID;

    @Option(
            names = "--label-smoothing",
            paramLabel = "P",
            description =
                    "dpo: the probability that a preference is the wrong way round, for sigmoid and"
                            + " robust.")
    private double labelSmoothing;

    /**
     * Returns the loss.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public PreferenceLoss loss() {
        return new PreferenceLoss(kind, beta, labelSmoothing);
    }
}
