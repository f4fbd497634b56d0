/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A pattern in Python's syntax that runs on Java's engine within a {@link StepBudget}. Safe for use
 * by any number of threads.
 *
 * <p>java.util.regex has no limit of its own, but reads its input only through {@code charAt}; the
 * translation makes sure that no loop of the engine goes without reading, see {@link PythonRegex}.
 */
final class BoundedRegex {
    private final String what;
    private final String source;
    private final Pattern pattern;

    private BoundedRegex(String what, String source, Pattern pattern) {
        this.what = what;
        this.source = source;
        this.pattern = pattern;
    }

    /**
     * Compiles a pattern.
     *
     * @param what where the pattern comes from, for messages: "target modules"
     * @throws IllegalArgumentException naming the pattern and the position, if it is broken
     */
    static BoundedRegex compile(String what, String pattern) {
        return compile(what, "", pattern, "");
    }

    /**
     * Compiles prefix + pattern + suffix, joined as text as PEFT does; positions in messages count
     * from the start of {@code pattern}.
     */
    static BoundedRegex compile(String what, String prefix, String pattern, String suffix) {
        try {
            String java = PythonRegex.toJava(prefix + pattern + suffix);
            return new BoundedRegex(what, pattern, Pattern.compile(java));
        } catch (PythonRegex.SyntaxException e) {
            int position = Math.min(Math.max(e.position() - prefix.length(), 0), pattern.length());
            throw new IllegalArgumentException(
                    what
                            + ": the pattern \""
                            + pattern
                            + "\" is broken at position "
                            + position
                            + ": "
                            + e.getMessage()
                            + "; patterns follow Python's re, as in PEFT",
                    e);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    what
                            + ": Java cannot run the pattern \""
                            + pattern
                            + "\": "
                            + e.getDescription(),
                    e);
        }
    }

    /** Python's {@code re.fullmatch}. */
    boolean fullMatch(String path, StepBudget budget) {
        return run(path, budget, true) != null;
    }

    /** Python's {@code re.match}: from the start, not necessarily to the end. */
    boolean match(String path, StepBudget budget) {
        return run(path, budget, false) != null;
    }

    /**
     * What the last group of Python's {@code re.match} holds; null without a match or where the
     * match left the group out.
     */
    @Nullable String lastGroup(String path, StepBudget budget) {
        Matcher matcher = run(path, budget, false);
        return matcher == null ? null : matcher.group(matcher.groupCount());
    }

    private @Nullable Matcher run(String path, StepBudget budget, boolean whole) {
        try {
            Matcher matcher = pattern.matcher(new CountedText(path, budget));
            return (whole ? matcher.matches() : matcher.lookingAt()) ? matcher : null;
        } catch (OutOfSteps e) {
            throw tooSlow(path, "takes too many steps", e);
        } catch (StackOverflowError e) {
            // Java's engine recurses for each round of a group; nothing is left half done.
            throw tooSlow(path, "nests too deeply", e);
        }
    }

    private IllegalArgumentException tooSlow(String path, String reason, Throwable cause) {
        return new IllegalArgumentException(
                what
                        + ": matching the pattern \""
                        + source
                        + "\" against \""
                        + path
                        + "\" "
                        + reason
                        + "; write it without repetitions inside repetitions, or list the names",
                cause);
    }

    private static final class OutOfSteps extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OutOfSteps() {
            super("out of steps", null, false, false);
        }
    }

    private record CountedText(String text, StepBudget budget) implements CharSequence {
        @Override
        public char charAt(int index) {
            if (!budget.take()) {
                throw new OutOfSteps();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
