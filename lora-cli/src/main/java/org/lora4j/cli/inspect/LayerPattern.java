/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.inspect;

import java.util.LinkedHashMap;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.regex.Pattern;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.terminal.Words;

/** Replaces the numbers in paths by stars, so that the same module of all layers is one row. */
final class LayerPattern {
    private static final Pattern NUMBER = Pattern.compile("(?<=\\.)[0-9]+(?=\\.)");

    private LayerPattern() {}

    static String of(String path) {
        return NUMBER.matcher(path).replaceAll("*");
    }

    /**
     * Adds a row for each pattern, with the number of its modules and the sum of their parameters.
     */
    static void addRows(Table table, Map<String, Long> parametersByPath) {
        Map<String, LongSummaryStatistics> counts = new LinkedHashMap<>();
        parametersByPath.forEach(
                (path, parameters) ->
                        counts.computeIfAbsent(of(path), p -> new LongSummaryStatistics())
                                .accept(parameters));
        counts.forEach(
                (pattern, count) ->
                        table.row(
                                pattern,
                                Long.toString(count.getCount()),
                                Words.format("%,d", count.getSum())));
    }
}
