/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

/** The flags of Python's {@code re} that hold at one place of a pattern. */
record RegexFlags(
        boolean ascii, boolean ignoreCase, boolean multiline, boolean dotAll, boolean verbose) {
    static final RegexFlags NONE = new RegexFlags(false, false, false, false, false);

    static boolean isFlag(int c) {
        return c >= 0 && "aiLmsux".indexOf(c) >= 0;
    }

    /** Reads letters and, after a minus, letters to switch off; stops at anything else. */
    RegexFlags read(PatternReader in) throws PythonRegex.SyntaxException {
        RegexFlags flags = this;
        boolean on = true;
        while (true) {
            if (in.peek() == '-' && on) {
                in.next();
                on = false;
                if (!isFlag(in.peek())) {
                    throw new PythonRegex.SyntaxException("missing flag", in.position());
                }
            } else if (isFlag(in.peek())) {
                int flag = in.next();
                flags = flags.with(flag, on, in.position());
            } else {
                return flags;
            }
        }
    }

    private RegexFlags with(int flag, boolean on, int at) throws PythonRegex.SyntaxException {
        if (flag == 'L') {
            throw new PythonRegex.SyntaxException(
                    "bad inline flags: cannot use 'L' flag with a str pattern", at);
        }
        if ((flag == 'a' || flag == 'u') && !on) {
            throw new PythonRegex.SyntaxException(
                    "bad inline flags: cannot turn off flags 'a' and 'u'", at);
        }
        return new RegexFlags(
                flag == 'a' || (ascii && flag != 'u'),
                flag == 'i' ? on : ignoreCase,
                flag == 'm' ? on : multiline,
                flag == 's' ? on : dotAll,
                flag == 'x' ? on : verbose);
    }

    /** Case is the one flag that Java carries; all others are written out. */
    String toJavaOpening() {
        if (!ignoreCase) {
            return "(?-iu)";
        }
        return ascii ? "(?i-u)" : "(?iu)";
    }

    /** The inside of a class for \w: letters, numbers and underscore, as str.isalnum has them. */
    String word() {
        return ascii ? "a-zA-Z0-9_" : "\\p{L}\\p{N}_";
    }

    /** The inside of a class for \d. */
    String digit() {
        return ascii ? "0-9" : "\\p{Nd}";
    }

    /** The inside of a class for \s, as str.isspace has it. */
    String space() {
        return ascii
                ? "\\x09-\\x0d\\x20"
                : "\\x09-\\x0d\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f"
                        + "\\u205f\\u3000";
    }

    String wordBoundary() {
        String w = "[" + word() + "]";
        return "(?:(?<=" + w + ")(?!" + w + ")|(?<!" + w + ")(?=" + w + "))";
    }

    String noWordBoundary() {
        String w = "[" + word() + "]";
        return "(?:(?<=" + w + ")(?=" + w + ")|(?<!" + w + ")(?!" + w + "))";
    }
}
