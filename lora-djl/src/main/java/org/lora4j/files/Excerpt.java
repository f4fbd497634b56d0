/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

/** Text from a file, made fit for a message. */
public final class Excerpt {
    private static final int LONGEST = 120;

    private Excerpt() {}

    /**
     * Shortens a text and replaces its control characters and line separators.
     *
     * @param text any text
     * @return one line of at most {@value #LONGEST} characters, and the text's length if it is
     *     longer
     */
    public static String of(String text) {
        String head =
                text.length() <= LONGEST
                        ? text
                        : "%s... (%d)".formatted(text.substring(0, LONGEST), text.length());
        return head.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "?");
    }
}
