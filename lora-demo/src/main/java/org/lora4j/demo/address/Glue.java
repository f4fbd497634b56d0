/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

/** Tells whether two pieces of text may touch without being read as one. */
final class Glue {
    private static final String NUMERALS = "零一二三四五六七八九十百之-";
    private static final String SUFFIXES = "市縣區鄉鎮里村鄰路街道段巷弄號樓室";

    private Glue() {}

    /** Returns whether a character can be part of a number: a digit, a numeral or a letter. */
    static boolean numeric(char c) {
        return (c < 0x80 && Character.isLetterOrDigit(c)) || NUMERALS.indexOf(c) >= 0;
    }

    /** Returns whether a name has a character that ends the name of a place or a number. */
    static boolean hasSuffix(String text) {
        return text.chars().anyMatch(c -> SUFFIXES.indexOf(c) >= 0);
    }

    /** Returns whether two pieces need a separator between them. */
    static boolean needed(String before, String after) {
        char end = before.charAt(before.length() - 1);
        char begin = after.charAt(0);
        if (numeric(end) && numeric(begin)) {
            return true;
        }
        return SUFFIXES.indexOf(end) < 0 && SUFFIXES.indexOf(begin) >= 0;
    }
}
