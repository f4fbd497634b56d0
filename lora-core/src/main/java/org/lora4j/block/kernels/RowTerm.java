/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.kernels;

/**
 * What an adapter adds to some rows of an activation.
 *
 * @param term A, B and s
 * @param from the first of the rows
 * @param to the last row + 1
 */
public record RowTerm(LowRankTerm term, long from, long to) {
    /**
     * Checks the term.
     *
     * @throws IllegalArgumentException if it has a diagonal
     */
    public RowTerm {
        if (term.diagonal() != null) {
            throw new IllegalArgumentException("a term with a diagonal is for all rows alone");
        }
    }
}
