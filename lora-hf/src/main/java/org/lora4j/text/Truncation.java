/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

/**
 * How many tokens of each text stay, as transformers' {@code truncation=True} (longest_first)
 * decides it; follows {@code truncate_encodings} of the tokenizers library.
 *
 * @param first tokens kept of the first text
 * @param second tokens kept of the second text
 */
record Truncation(int first, int second) {
    /**
     * Shares a budget between two texts: the shorter one is kept whole while the longer one is cut
     * to what remains; once both would be longer than half, each gets half, and the odd token goes
     * to the longer one (to the second when they are equally long).
     */
    static Truncation longestFirst(int first, int second, int budget) {
        if ((long) first + second <= budget) {
            return new Truncation(first, second);
        }
        boolean swap = first > second;
        int shorter = Math.min(first, second);
        int longer = shorter > budget ? shorter : Math.max(shorter, budget - shorter);
        if ((long) shorter + longer > budget) {
            shorter = budget / 2;
            longer = shorter + budget % 2;
        }
        return swap ? new Truncation(longer, shorter) : new Truncation(shorter, longer);
    }
}
