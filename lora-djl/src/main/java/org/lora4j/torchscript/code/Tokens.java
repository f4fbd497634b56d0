/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.code;

import java.util.Arrays;

/**
 * The tokens of a code file: names, numbers, strings, signs, and the ends of logical lines, which
 * are those outside all brackets. Strings and comments are passed over whole.
 */
public final class Tokens {
    /** What a token is. */
    public enum Kind {
        /** An identifier or a keyword. */
        NAME,
        /** A number. */
        NUMBER,
        /** A text in quotes. */
        STRING,
        /** A bracket, a comma, an operator. */
        SIGN,
        /** The end of a logical line, or of the file. */
        END
    }

    private static final int MAX_NESTING = 1000;

    private final String file;
    private final String text;
    private Kind[] kinds = new Kind[256];
    private int[] starts = new int[256];
    private int[] ends = new int[256];
    private int[] partners = new int[256];
    private int count;

    private Tokens(String file, String text) {
        this.file = file;
        this.text = text;
    }

    /**
     * Splits a text into tokens.
     *
     * @param file its name, for messages
     * @param text the text
     * @return the tokens
     * @throws CodeException if a string does not end, or brackets do not match
     */
    public static Tokens of(String file, String text) throws CodeException {
        Tokens tokens = new Tokens(file, text);
        tokens.scan();
        return tokens;
    }

    private void scan() throws CodeException {
        int[] open = new int[MAX_NESTING];
        int depth = 0;
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n') {
                if (depth == 0 && count > 0 && kinds[count - 1] != Kind.END) {
                    add(Kind.END, at, at + 1);
                }
                at++;
            } else if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (isNameStart(c)) {
                int end = at + 1;
                while (end < text.length() && isNamePart(text.charAt(end))) {
                    end++;
                }
                add(Kind.NAME, at, end);
                at = end;
            } else if (c == '"' || c == '\'') {
                int end = stringEnd(at);
                add(Kind.STRING, at, end);
                at = end;
            } else if (isDigit(c)
                    || (c == '.' && at + 1 < text.length() && isDigit(text.charAt(at + 1)))) {
                int end = numberEnd(at);
                add(Kind.NUMBER, at, end);
                at = end;
            } else {
                int end = at + signLength(at);
                add(Kind.SIGN, at, end);
                if ("([{".indexOf(c) >= 0) {
                    if (depth == MAX_NESTING) {
                        throw fault(at, "expected at most " + MAX_NESTING + " nested brackets");
                    }
                    open[depth++] = count - 1;
                } else if (")]}".indexOf(c) >= 0) {
                    if (depth == 0
                            || "([{".indexOf(text.charAt(starts[open[depth - 1]]))
                                    != ")]}".indexOf(c)) {
                        throw fault(at, "expected matching brackets, found '" + c + "'");
                    }
                    depth--;
                    partners[open[depth]] = count - 1;
                    partners[count - 1] = open[depth];
                }
                at = end;
            }
        }
        if (depth > 0) {
            throw fault(starts[open[depth - 1]], "expected matching brackets, found none");
        }
        add(Kind.END, text.length(), text.length());
    }

    private int signLength(int at) {
        if (at + 1 < text.length()) {
            String two = text.substring(at, at + 2);
            if (two.equals("->")
                    || two.equals("==")
                    || two.equals("!=")
                    || two.equals("<=")
                    || two.equals(">=")) {
                return 2;
            }
        }
        return 1;
    }

    private int stringEnd(int from) throws CodeException {
        char quote = text.charAt(from);
        for (int at = from + 1; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == quote) {
                return at + 1;
            }
        }
        throw fault(from, "expected the end of a string, found the end of the file");
    }

    private int numberEnd(int from) {
        int at = from;
        while (at < text.length()) {
            char c = text.charAt(at);
            boolean exponent =
                    (c == '-' || c == '+')
                            && (text.charAt(at - 1) == 'e' || text.charAt(at - 1) == 'E');
            if (!isNamePart(c) && c != '.' && !(at > from && exponent)) {
                break;
            }
            at++;
        }
        return at;
    }

    private static boolean isNameStart(char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c > 127;
    }

    private static boolean isNamePart(char c) {
        return isNameStart(c) || isDigit(c);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private void add(Kind kind, int start, int end) {
        if (count == kinds.length) {
            kinds = Arrays.copyOf(kinds, 2 * count);
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
            partners = Arrays.copyOf(partners, 2 * count);
        }
        kinds[count] = kind;
        starts[count] = start;
        ends[count] = end;
        count++;
    }

    /** Returns the number of tokens; the last is an {@link Kind#END}. */
    public int count() {
        return count;
    }

    /**
     * Returns what a token is.
     *
     * @param token its number
     * @return END for a number that is out of range
     */
    public Kind kind(int token) {
        return token < 0 || token >= count ? Kind.END : kinds[token];
    }

    /**
     * Returns where a token begins in the text.
     *
     * @param token its number
     */
    public int start(int token) {
        return starts[token];
    }

    /**
     * Returns where a token ends in the text.
     *
     * @param token its number
     */
    public int end(int token) {
        return ends[token];
    }

    /**
     * Returns the bracket that matches a bracket.
     *
     * @param token the number of a bracket
     * @return the number of the other one
     */
    public int partner(int token) {
        return partners[token];
    }

    /**
     * Returns the text of a token.
     *
     * @param token its number
     */
    public String text(int token) {
        return text.substring(starts[token], ends[token]);
    }

    /**
     * Returns the text of several tokens, with what is between them.
     *
     * @param from the first token
     * @param to the token after the last
     */
    public String text(int from, int to) {
        return from >= to ? "" : text.substring(starts[from], ends[to - 1]);
    }

    /**
     * Whether a token is a certain name or sign.
     *
     * @param token its number, which may be out of range
     * @param expected the text
     */
    public boolean is(int token, String expected) {
        return kind(token) != Kind.END
                && ends[token] - starts[token] == expected.length()
                && text.startsWith(expected, starts[token]);
    }

    /**
     * Returns the text inside a string token's quotes; torch escapes nothing in the names of
     * attributes.
     *
     * @param token the number of a string
     */
    public String unquoted(int token) {
        return text.substring(starts[token] + 1, ends[token] - 1);
    }

    /**
     * Returns how far a token is from the beginning of its line.
     *
     * @param token its number
     */
    public int column(int token) {
        return starts[token] - text.lastIndexOf('\n', starts[token] - 1) - 1;
    }

    /** Returns the name of the file. */
    public String file() {
        return file;
    }

    /** Returns the whole text. */
    public String source() {
        return text;
    }

    /**
     * Returns an exception for a place of the text.
     *
     * @param place the place in the text
     * @param problem what was expected and found
     */
    public CodeException fault(int place, String problem) {
        int line = 1;
        for (int i = 0; i < Math.min(place, text.length()); i++) {
            line += text.charAt(i) == '\n' ? 1 : 0;
        }
        return new CodeException(file, line, problem);
    }
}
