/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/** What Python's str knows of characters. */
final class Characters {
    private Characters() {}

    /** Appends a number in hexadecimal with some digits at least. */
    static void hex(StringBuilder out, int value, int digits) {
        String hex = Integer.toHexString(value);
        out.append("0".repeat(Math.max(0, digits - hex.length()))).append(hex);
    }

    /** {@code str.isspace}, and what {@code strip()} removes. */
    static boolean isSpace(int c) {
        return c == ' '
                || (c >= '\t' && c <= '\r')
                || (c >= 0x1c && c <= 0x1f)
                || c == 0x85
                || c == 0xa0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200a)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /** Where {@code splitlines} breaks, a pair of return and newline aside. */
    static boolean isLineBreak(int c) {
        return (c >= '\n' && c <= '\r')
                || (c >= 0x1c && c <= 0x1e)
                || c == 0x85
                || c == 0x2028
                || c == 0x2029;
    }

    /** {@code str.isprintable}. */
    static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    /** A character of a word in Python's regular expressions. */
    static boolean isWord(int c) {
        return isAlphanumeric(c) || c == '_';
    }

    /** {@code str.isalnum}: letters, and all kinds of numbers. */
    static boolean isAlphanumeric(int c) {
        return Character.isLetter(c) || isNumeric(c);
    }

    /** {@code str.isnumeric}, without the ideographs that stand for numbers. */
    static boolean isNumeric(int c) {
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
                    true;
            default -> false;
        };
    }

    /** {@code str.isdigit}: decimals, raised and lowered digits, the digits in circles. */
    static boolean isDigit(int c) {
        return Character.isDigit(c)
                || c == 0xb2
                || c == 0xb3
                || c == 0xb9
                || c == 0x2070
                || (c >= 0x2074 && c <= 0x2079)
                || (c >= 0x2080 && c <= 0x2089)
                || (c >= 0x2460 && c <= 0x2468);
    }

    static String strip(String text) {
        return text.substring(start(text), Math.max(start(text), end(text)));
    }

    static String stripEnd(String text) {
        return text.substring(0, end(text));
    }

    private static int start(String text) {
        int start = 0;
        while (start < text.length() && isSpace(text.charAt(start))) {
            start++;
        }
        return start;
    }

    private static int end(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }
}
