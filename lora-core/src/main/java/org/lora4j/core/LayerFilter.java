/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.regex.BoundedRegex;
import org.lora4j.core.regex.StepBudget;

/**
 * Keeps the modules of chosen layers: PEFT's layers_to_transform and layers_pattern. The layer of a
 * path is the first number that follows a segment which itself has one before it, or that follows a
 * segment matching one of the given patterns; a path without such a number is in no layer.
 */
final class LayerFilter {
    private static final String WHAT = "layers pattern";
    private static final BoundedRegex ANY_LIST =
            BoundedRegex.compile(WHAT, ".*?\\.[^.]*\\.(?P<idx>\\d+)\\.");

    private final Set<Integer> layers;
    private final List<BoundedRegex> lists;
    private final Set<Integer> met = new HashSet<>();

    LayerFilter(TargetModules targets) {
        layers = Set.copyOf(new HashSet<>(targets.layersToTransform()));
        lists =
                targets.layersPattern().isEmpty()
                        ? List.of(ANY_LIST)
                        : targets.layersPattern().stream().map(LayerFilter::compile).toList();
    }

    /** Requires that every pattern compiles. */
    static void check(List<String> patterns) {
        patterns.forEach(LayerFilter::compile);
    }

    private static BoundedRegex compile(String pattern) {
        return BoundedRegex.compile(WHAT, "(?:^|.*?\\.)", pattern, "\\.(?P<idx>\\d+)\\.");
    }

    /** Returns whether a path lies in a chosen layer, and remembers the layer. */
    boolean accepts(String path, StepBudget budget) {
        if (layers.isEmpty()) {
            return true;
        }
        for (BoundedRegex list : lists) {
            MatchResult match = list.match(path, budget);
            if (match != null) {
                Integer layer = index(match.group(match.groupCount()));
                if (layer == null || !layers.contains(layer)) {
                    return false;
                }
                met.add(layer);
                return true;
            }
        }
        return false;
    }

    /** Returns whether an accepted path lay in this layer. */
    boolean hasMet(int layer) {
        return met.contains(layer);
    }

    private static @Nullable Integer index(@Nullable String digits) {
        if (digits == null) {
            return null;
        }
        // As Python's int(): any decimal digits, of any length.
        BigInteger value = new BigInteger(digits);
        return value.bitLength() < Integer.SIZE ? value.intValue() : null;
    }
}
