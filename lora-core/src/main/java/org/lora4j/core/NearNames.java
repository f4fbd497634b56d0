/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Finds the known names that a mistaken one may have meant. Only static methods, safe for use by
 * any number of threads. The cost is bounded: it looks at the first 20,000 known names and at the
 * last 64 letters and digits of each.
 */
public final class NearNames {
    private static final int MAX_KNOWN = 20_000;
    private static final int MAX_LENGTH = 64;
    private static final int MIN_SHARED = 3;

    private record Scored(String name, int cost) {}

    private NearNames() {}

    /**
     * Returns the nearest known names. Near means: at most a third of the letters differ (one swap
     * counts once; case and separators do not count), or one holds the other, or they share a word
     * of three letters or more.
     *
     * @param wanted the mistaken name
     * @param known the names that exist
     * @param max how many to return at most
     * @return different names, best first, equally near ones in the order given; empty if none is
     *     near
     */
    public static List<String> closest(String wanted, Collection<String> known, int max) {
        String plain = plain(wanted);
        int limit = Math.max(1, plain.length() / 3);
        Set<String> words = words(wanted);
        List<Scored> scored = new ArrayList<>();
        known.stream()
                .limit(MAX_KNOWN)
                .distinct()
                .forEach(
                        name -> {
                            int cost = cost(plain, words, name, limit);
                            if (cost <= limit + 2) {
                                scored.add(new Scored(name, cost));
                            }
                        });
        return scored.stream()
                .sorted(Comparator.comparingInt(Scored::cost))
                .limit(Math.max(0, max))
                .map(Scored::name)
                .toList();
    }

    /** The edit distance up to the limit; then limit + 1 for a part, + 2 for a shared word. */
    private static int cost(String plain, Set<String> words, String name, int limit) {
        String other = plain(name);
        int distance = distance(plain, other, limit);
        if (distance <= limit) {
            return distance;
        }
        boolean holds =
                Math.min(plain.length(), other.length()) >= MIN_SHARED
                        && (plain.contains(other) || other.contains(plain));
        if (holds) {
            return limit + 1;
        }
        return words(name).stream().anyMatch(words::contains) ? limit + 2 : limit + 3;
    }

    private static String plain(String name) {
        String tail = name.substring(Math.max(0, name.length() - 4 * MAX_LENGTH));
        StringBuilder plain = new StringBuilder();
        tail.toLowerCase(Locale.ROOT)
                .codePoints()
                .filter(Character::isLetterOrDigit)
                .forEach(plain::appendCodePoint);
        return plain.substring(Math.max(0, plain.length() - MAX_LENGTH));
    }

    private static Set<String> words(String name) {
        String tail = name.substring(Math.max(0, name.length() - 4 * MAX_LENGTH));
        Set<String> words = new HashSet<>();
        for (String word : tail.toLowerCase(Locale.ROOT).split("[^\\p{L}]+", -1)) {
            if (word.length() >= MIN_SHARED) {
                words.add(word);
            }
        }
        return words;
    }

    /** Optimal string alignment distance, or limit + 1 if it is more than the limit. */
    private static int distance(String a, String b, int limit) {
        if (Math.abs(a.length() - b.length()) > limit) {
            return limit + 1;
        }
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        Arrays.setAll(last, j -> j);
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int best = Math.min(last[j - 1] + change, Math.min(last[j], row[j - 1]) + 1);
                boolean swapped =
                        i > 1
                                && j > 1
                                && a.charAt(i - 1) == b.charAt(j - 2)
                                && a.charAt(i - 2) == b.charAt(j - 1);
                row[j] = swapped ? Math.min(best, beforeLast[j - 2] + 1) : best;
            }
            int[] free = beforeLast;
            beforeLast = last;
            last = row;
            row = free;
        }
        return Math.min(last[b.length()], limit + 1);
    }
}
