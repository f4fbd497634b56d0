/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import org.jspecify.annotations.Nullable;

/**
 * What to adapt, and how.
 *
 * @param module the module's path in the archive, empty for the root; {@value #CONSTANTS} for a
 *     constant of a frozen model
 * @param parameter the parameter, such as weight; of a constant its name, such as c0
 * @param rank the rank r of A and B, at least 1
 * @param scaling the factor s, finite
 * @param dropout the probability with which the input of A is dropped in training, from 0 to below
 *     1
 * @param form how A and B change the weight, or null to have it found
 */
public record ScriptTarget(
        String module,
        String parameter,
        int rank,
        double scaling,
        double dropout,
        @Nullable ScriptForm form) {
    /** The path under which the constants of a frozen model are listed. */
    public static final String CONSTANTS = "CONSTANTS";

    /** Checks the numbers. */
    public ScriptTarget {
        if (rank < 1) {
            throw new IllegalArgumentException("Expected a rank of at least 1, found " + rank);
        }
        if (!Double.isFinite(scaling)) {
            throw new IllegalArgumentException("Expected a finite scaling, found " + scaling);
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "Expected a dropout from 0 to below 1, found " + dropout);
        }
    }

    /**
     * A target without dropout, in the form that suits it.
     *
     * @param module the module's path
     * @param parameter the parameter
     * @param rank the rank
     * @param scaling the factor
     * @return the target
     */
    public static ScriptTarget of(String module, String parameter, int rank, double scaling) {
        return new ScriptTarget(module, parameter, rank, scaling, 0, null);
    }

    /** Returns the path of the parameter. */
    public String path() {
        return module.isEmpty() ? parameter : module + "." + parameter;
    }
}
