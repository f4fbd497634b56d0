/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

/** Character classes, escapes and literals of Python's {@code re}, written for java.util.regex. */
final class CharacterClass {
    /** A set such as \w rather than one character. */
    private static final int SET = -2;

    private final PatternReader in;
    private final RegexFlags flags;
    private final StringBuilder out = new StringBuilder("[");

    private CharacterClass(PatternReader in, RegexFlags flags) {
        this.in = in;
        this.flags = flags;
    }

    /** One character that stands for itself, written so that it never means anything else. */
    static String literal(int c) {
        return String.format("\\x{%x}", c);
    }

    /** Reads a class after its opening bracket, which stood at {@code at}. */
    static String read(PatternReader in, int at, RegexFlags flags)
            throws PythonRegex.SyntaxException {
        return new CharacterClass(in, flags).read(at);
    }

    private String read(int at) throws PythonRegex.SyntaxException {
        if (in.accept('^')) {
            out.append('^');
        }
        boolean first = true;
        while (true) {
            int itemAt = in.position();
            int c = in.next();
            if (c < 0) {
                throw new PythonRegex.SyntaxException("unterminated character set", at);
            }
            if (c == ']' && !first) {
                return out.append(']').toString();
            }
            first = false;
            String set = "";
            int low = c;
            if (c == '\\') {
                set = escape(in, itemAt, flags, true);
                low = lastValue(set);
            }
            if (in.peek() == '-' && in.peek(1) != ']') {
                range(at, itemAt, low);
            } else {
                out.append(low == SET ? set : literal(low));
            }
        }
    }

    private void range(int at, int itemAt, int low) throws PythonRegex.SyntaxException {
        in.next();
        int highAt = in.position();
        int high = in.next();
        if (high < 0) {
            throw new PythonRegex.SyntaxException("unterminated character set", at);
        }
        if (high == '\\') {
            high = lastValue(escape(in, highAt, flags, true));
        }
        if (low == SET || high == SET || high < low) {
            throw new PythonRegex.SyntaxException("bad character range", itemAt);
        }
        out.append(literal(low)).append('-').append(literal(high));
    }

    /** The character that an escape wrote, or SET. */
    private static int lastValue(String java) {
        return java.startsWith("\\x{") ? Integer.parseInt(java, 3, java.length() - 1, 16) : SET;
    }

    /**
     * Reads an escape after its backslash, which stood at {@code at}; references and anchors are
     * the caller's.
     */
    static String escape(PatternReader in, int at, RegexFlags flags, boolean inClass)
            throws PythonRegex.SyntaxException {
        int c = in.next();
        return switch (c) {
            case 'd' -> set(flags.digit(), false, inClass);
            case 'D' -> set(flags.digit(), true, inClass);
            case 'w' -> set(flags.word(), false, inClass);
            case 'W' -> set(flags.word(), true, inClass);
            case 's' -> set(flags.space(), false, inClass);
            case 'S' -> set(flags.space(), true, inClass);
            case 'a' -> literal(7);
            case 'f' -> literal('\f');
            case 'n' -> literal('\n');
            case 'r' -> literal('\r');
            case 't' -> literal('\t');
            case 'v' -> literal(11);
            case 'x' -> hex(in, at, 2);
            case 'u' -> hex(in, at, 4);
            case 'U' -> hex(in, at, 8);
            case '0' -> literal(octal(in, 0, 2));
            case -1 -> throw new PythonRegex.SyntaxException("bad escape (end of pattern)", at);
            default -> {
                if (inClass && c == 'b') {
                    yield literal('\b');
                }
                if (inClass && c >= '1' && c <= '7') {
                    int value = octal(in, c - '0', 2);
                    if (value > 255) {
                        throw new PythonRegex.SyntaxException(
                                "octal escape outside of range 0-0o377", at);
                    }
                    yield literal(value);
                }
                if (c < 128 && Character.isLetterOrDigit(c)) {
                    throw new PythonRegex.SyntaxException(
                            "bad escape \\" + Character.toString(c), at);
                }
                yield literal(c);
            }
        };
    }

    private static String set(String inside, boolean negated, boolean inClass) {
        if (negated) {
            return "[^" + inside + "]";
        }
        return inClass ? inside : "[" + inside + "]";
    }

    private static String hex(PatternReader in, int at, int digits)
            throws PythonRegex.SyntaxException {
        int value = in.hex(digits);
        if (value < 0 || value > Character.MAX_CODE_POINT) {
            throw new PythonRegex.SyntaxException("incomplete or bad escape", at);
        }
        return literal(value);
    }

    private static int octal(PatternReader in, int start, int most) {
        int value = start;
        for (int i = 0; i < most && in.peek() >= '0' && in.peek() <= '7'; i++) {
            value = value * 8 + in.next() - '0';
        }
        return value;
    }
}
