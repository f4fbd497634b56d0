/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

/** The steps and characters that a rendering may still use. */
public final class Budget {
    /** The characters that are searched or made in one step. */
    private static final int CHARACTERS_A_STEP = 16;

    private static final int CHARACTERS_AN_ITEM = 4;
    private static final int CHARACTERS_A_VALUE = 32;
    private static final int BITS_A_WORD = 32;

    /** The products of words that are computed in one step. */
    private static final int PRODUCTS_A_STEP = 64;

    /** A double has up to 1,075 exact digits. */
    private static final int STEPS_A_DECIMAL = 24;

    private static final int DIGITS_A_STEP = 4;

    private final long allSteps;
    private final long allCharacters;
    private long steps;
    private long characters;

    public Budget(long steps, long characters) {
        this.allSteps = steps;
        this.allCharacters = characters;
        this.steps = steps;
        this.characters = characters;
    }

    public void step() {
        steps(1);
    }

    public void steps(long count) {
        if (count > steps) {
            throw Failure.limit(
                    ("stopped after %d steps; the template loops without end, or does far too much"
                                    + " for its input")
                            .formatted(allSteps));
        }
        steps -= count;
    }

    /** Pays for looking through a text. */
    public void scan(long length) {
        steps(1 + length / CHARACTERS_A_STEP);
    }

    /** Pays for a search whose worst case looks at every pair of characters. */
    public void search(long length, long needle) {
        scan(length);
        if (needle > CHARACTERS_A_STEP) {
            steps(length / 1024 * (needle / CHARACTERS_A_STEP));
        }
    }

    /**
     * Pays for arithmetic on integers, and for reading and printing them, whose cost grows with the
     * product of their lengths.
     *
     * @param bits the length of one integer
     * @param others the length of the other; to read or print an integer, its own length again
     */
    public void digits(long bits, long others) {
        steps(1 + (bits / BITS_A_WORD + 1) * (others / BITS_A_WORD + 1) / PRODUCTS_A_STEP);
    }

    /** Pays for writing a float exactly, with some digits after the point. */
    public void decimals(long digits) {
        steps(STEPS_A_DECIMAL + Math.max(0, digits) / DIGITS_A_STEP);
    }

    /** Pays for finding a value among the keys of a dict. */
    public void key(Value key) {
        if (key instanceof Value.Str str) {
            steps(str.text().length() / CHARACTERS_A_STEP);
        } else if (key instanceof Value.Seq tuple) {
            steps(tuple.items().size());
            tuple.items().stream().filter(Value.Str.class::isInstance).forEach(this::key);
        }
    }

    /** Pays for a text before it is made. */
    public void text(long length) {
        if (length > characters) {
            throw Failure.limit(
                    "stopped after %d characters; the template makes texts far longer than its input"
                            .formatted(allCharacters));
        }
        characters -= length;
        scan(length);
    }

    /** Pays for places in lists, of a few bytes each. */
    public void items(long count) {
        text(count > Integer.MAX_VALUE ? Long.MAX_VALUE : CHARACTERS_AN_ITEM * count);
    }

    /** Pays for small values, which take more memory than the characters in them. */
    public void values(long count) {
        text(count > Integer.MAX_VALUE ? Long.MAX_VALUE : CHARACTERS_A_VALUE * count);
    }

    /** Pays for text that is made a second time, such as one appended to the output. */
    public String made(String text) {
        text(text.length());
        return text;
    }
}
