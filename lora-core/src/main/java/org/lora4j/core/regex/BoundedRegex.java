/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core.regex;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A pattern in Python's syntax that runs on Java's engine within a {@link StepBudget}: each
 * character that the engine reads is a step. Safe for use by any number of threads.
 */
public final class BoundedRegex {
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
     * @throws IllegalArgumentException with the pattern and the reason, if it is refused
     */
    public static BoundedRegex compile(String what, String pattern) {
        return compile(what, "", pattern, "");
    }

    /**
     * Compiles prefix + pattern + suffix, joined as text as PEFT does; positions in messages count
     * from the start of {@code pattern}.
     */
    public static BoundedRegex compile(String what, String prefix, String pattern, String suffix) {
        String message = what + ": the pattern \"" + pattern + "\" is refused";
        try {
            Pattern java = PythonRegex.compile(prefix + pattern + suffix);
            return new BoundedRegex(what, pattern, java);
        } catch (PythonRegex.RefusedException e) {
            int position = Math.min(Math.max(e.position() - prefix.length(), 0), pattern.length());
            throw new IllegalArgumentException(
                    "%s at position %d: %s".formatted(message, position, e.getMessage()), e);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(message + ": " + e.getDescription(), e);
        }
    }

    /** Python's {@code re.fullmatch}; false for the empty path. */
    public boolean fullMatch(String path, StepBudget budget) {
        return run(path, budget, true) != null;
    }

    /** Python's {@code re.match}, from the start but not always to the end; null for no match. */
    public @Nullable MatchResult match(String path, StepBudget budget) {
        return run(path, budget, false);
    }

    private @Nullable MatchResult run(String path, StepBudget budget, boolean whole) {
        if (path.isEmpty()) {
            // The model itself: no rule selects it, and it has no character whose reading counts.
            return null;
        }
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
                ("%s: matching the pattern \"%s\" against \"%s\" %s; write it without repetitions"
                                + " inside repetitions, or list the names")
                        .formatted(what, source, path, reason),
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
