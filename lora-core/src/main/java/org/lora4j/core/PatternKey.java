/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.lora4j.core.regex.BoundedRegex;
import org.lora4j.core.regex.StepBudget;

/**
 * The keys of rank and alpha patterns: PEFT's {@code get_pattern_key}. A key matches a path if
 * {@code (.*\.)?(key)$} does, and the first one in the map's order counts.
 */
final class PatternKey {
    private static final String PREFIX = "(.*\\.)?(";
    private static final String SUFFIX = ")$";

    /** Keys whose only special character is the dot: any one character. */
    private static final Pattern PLAIN = Pattern.compile("[\\w.-]+");

    private PatternKey() {}

    /** Requires that a key is a pattern and not empty. */
    static void check(String what, String key) {
        if (key.isBlank()) {
            throw new IllegalArgumentException(
                    what + ": a key is empty; give the end of a module's path");
        }
        compile(what, key);
    }

    /** Returns the value of the first key that matches, or the default. */
    static <V> V lookUp(String what, Map<String, V> values, String path, V otherwise) {
        StepBudget budget = StepBudget.forPaths(values.size());
        for (Map.Entry<String, V> entry : values.entrySet()) {
            if (matches(what, entry.getKey(), path, budget)) {
                return entry.getValue();
            }
        }
        // PEFT then looks the path up as it is: a key with a special character, such as "a+b".
        return values.getOrDefault(path, otherwise);
    }

    static boolean matches(String what, String key, String path, StepBudget budget) {
        if (PLAIN.matcher(key).matches() && isPrintableAscii(path)) {
            return plainMatch(key, path);
        }
        return compile(what, key).match(path, budget) != null;
    }

    private static BoundedRegex compile(String what, String key) {
        return BoundedRegex.compile(what, PREFIX, key, SUFFIX);
    }

    /** Matches without a regex engine: files made by EVA list one full path for each layer. */
    private static boolean plainMatch(String key, String path) {
        int start = path.length() - key.length();
        return start >= 0
                && (start == 0 || path.charAt(start - 1) == '.')
                && IntStream.range(0, key.length())
                        .allMatch(
                                i ->
                                        key.charAt(i) == '.'
                                                || key.charAt(i) == path.charAt(start + i));
    }

    private static boolean isPrintableAscii(String path) {
        return path.chars().allMatch(c -> c >= ' ' && c < 127);
    }
}
