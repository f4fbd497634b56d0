/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.template;

/** What is left of a rendering's limits. */
final class Budget {
    /** Characters looked at for the price of one step. */
    private static final int CHARACTERS_A_STEP = 16;

    private static final int CHARACTERS_AN_ITEM = 4;
    private static final int CHARACTERS_A_VALUE = 32;

    private final TemplateLimits limits;
    private long steps;
    private long characters;

    Budget(TemplateLimits limits) {
        this.limits = limits;
        this.steps = limits.steps();
        this.characters = limits.characters();
    }

    void step() {
        steps(1);
    }

    void steps(long count) {
        if (count > steps) {
            throw Failure.limit(
                    "stopped after "
                            + limits.steps()
                            + " steps; the template loops without end, or does far too much for"
                            + " its input");
        }
        steps -= count;
    }

    /** Pays for looking through a text. */
    void scan(long length) {
        steps(1 + length / CHARACTERS_A_STEP);
    }

    /** Pays for a search whose worst case looks at every pair of characters. */
    void search(long length, long needle) {
        scan(length);
        if (needle > CHARACTERS_A_STEP) {
            steps(length / 1024 * (needle / CHARACTERS_A_STEP));
        }
    }

    /** Pays for a text before it is made. */
    void text(long length) {
        if (length > characters) {
            throw Failure.limit(
                    "stopped after "
                            + limits.characters()
                            + " characters; the template makes texts far longer than its input");
        }
        characters -= length;
        scan(length);
    }

    /** Pays for places in lists, of a few bytes each. */
    void items(long count) {
        text(count > Integer.MAX_VALUE ? Long.MAX_VALUE : CHARACTERS_AN_ITEM * count);
    }

    /** Pays for small values, which take more memory than the characters in them. */
    void values(long count) {
        text(count > Integer.MAX_VALUE ? Long.MAX_VALUE : CHARACTERS_A_VALUE * count);
    }

    /** Pays for text that is made a second time, such as one appended to the output. */
    String made(String text) {
        text(text.length());
        return text;
    }
}
