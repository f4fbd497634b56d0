/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Reads the source of a pattern, one code point at a time. */
final class PatternReader {
    private final String source;
    private int position;

    PatternReader(String source) {
        this.source = source;
    }

    int position() {
        return position;
    }

    void reset(int to) {
        position = to;
    }

    void skip(int chars) {
        position += chars;
    }

    boolean more() {
        return position < source.length();
    }

    /** The next code point, or -1 at the end. */
    int peek() {
        return more() ? source.codePointAt(position) : -1;
    }

    /** The char so many places on, or -1 past the end. */
    int peek(int ahead) {
        return position + ahead < source.length() ? source.charAt(position + ahead) : -1;
    }

    /** Takes the next code point; -1 at the end. */
    int next() {
        int c = peek();
        position += c < 0 ? 0 : Character.charCount(c);
        return c;
    }

    boolean accept(int c) {
        if (peek() != c) {
            return false;
        }
        next();
        return true;
    }

    /** Goes past the next such char; false, and to the end, if there is none. */
    boolean skipPast(char c) {
        int found = source.indexOf(c, position);
        position = found < 0 ? source.length() : found + 1;
        return found >= 0;
    }

    /** Reads a group's name and the char that ends it. */
    String name(char end) throws PythonRegex.SyntaxException {
        int found = source.indexOf(end, position);
        if (found < 0) {
            throw new PythonRegex.SyntaxException(
                    "missing " + end + ", unterminated name", position);
        }
        String name = source.substring(position, found);
        boolean valid = !name.isEmpty() && isNameStart(name.codePointAt(0));
        valid &= name.codePoints().allMatch(c -> isNameStart(c) || Character.isDigit(c));
        if (!valid) {
            throw new PythonRegex.SyntaxException("bad group name \"" + name + "\"", position);
        }
        position = found + 1;
        return name;
    }

    private static boolean isNameStart(int c) {
        return c == '_' || Character.isLetter(c);
    }

    /**
     * Reads the rest of a counted repetition, after its opening brace: m}, m,}, ,n} or m,n}.
     *
     * @return null, with nothing read, if the brace stands for itself
     */
    PatternGroup.@Nullable Width counts() throws PythonRegex.SyntaxException {
        int start = position;
        String low = digits();
        boolean range = accept(',');
        String high = range ? digits() : low;
        if ((!range && low.isEmpty()) || !accept('}')) {
            position = start;
            return null;
        }
        long least = number(low, 0, start);
        long most = number(high, PatternGroup.ENDLESS, start);
        if (most < least) {
            throw new PythonRegex.SyntaxException("min repeat greater than max repeat", start);
        }
        return new PatternGroup.Width(least, most);
    }

    private String digits() {
        int start = position;
        while (peek() >= '0' && peek() <= '9') {
            position++;
        }
        return source.substring(start, position);
    }

    private static long number(String digits, long unset, int at)
            throws PythonRegex.SyntaxException {
        if (digits.isEmpty()) {
            return unset;
        }
        BigInteger value = new BigInteger(digits);
        // Java counts in an int; Python's limit is higher, and both are beyond any path.
        if (value.bitLength() >= Integer.SIZE || value.longValue() >= PatternGroup.ENDLESS) {
            throw new PythonRegex.SyntaxException("the repetition number is too large", at);
        }
        return value.longValue();
    }

    /** Reads exactly so many hexadecimal digits, or none if there are fewer: -1. */
    int hex(int count) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            int c = peek(i);
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value * 16 + digit;
        }
        position += count;
        return value;
    }
}
