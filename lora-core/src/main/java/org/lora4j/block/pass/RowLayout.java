/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.pass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the rows of each text of a batch lie in the activations of a pass, and with which adapters:
 * an activation has a row for each token, text after text, or one for each text. Immutable.
 */
public final class RowLayout {
    private final RowAdapters adapters;
    private final List<Span> tokens;
    private final List<Span> texts;

    /**
     * Rows that follow one another and have the same adapters.
     *
     * @param adapters the adapters
     * @param from the first row
     * @param to the last row + 1
     */
    public record Span(SelectedAdapters adapters, long from, long to) {}

    /**
     * Lays a batch out.
     *
     * @param adapters of each text
     * @param order which text each one is, in the order in which they lie
     * @param lengths the tokens of each, in the same order
     */
    public RowLayout(RowAdapters adapters, int[] order, long[] lengths) {
        this.adapters = adapters;
        long[] ones = new long[order.length];
        Arrays.fill(ones, 1);
        tokens = spans(order, lengths);
        texts = spans(order, ones);
    }

    private List<Span> spans(int[] order, long[] lengths) {
        List<Span> spans = new ArrayList<>();
        List<SelectedAdapters> groups = adapters.groups();
        long from = 0;
        for (int i = 0; i < order.length; i++) {
            SelectedAdapters own = groups.get(adapters.groupOf(order[i]));
            long to = from + lengths[i];
            int last = spans.size() - 1;
            if (last >= 0 && spans.get(last).adapters() == own) {
                spans.set(last, new Span(own, spans.get(last).from(), to));
            } else {
                spans.add(new Span(own, from, to));
            }
            from = to;
        }
        return List.copyOf(spans);
    }

    /** Returns the different adapters of the texts. */
    public List<SelectedAdapters> groups() {
        return adapters.groups();
    }

    /**
     * Returns the spans of an activation.
     *
     * @param rows its first dimension
     * @param path the module that reads it, for messages
     * @throws IllegalStateException if it has neither a row for each token nor one for each text
     */
    public List<Span> spans(long rows, String path) {
        if (rows == end(tokens)) {
            return tokens;
        }
        if (rows == end(texts)) {
            return texts;
        }
        throw new IllegalStateException(
                ("%s was given %d rows in a batch of %d texts with %d tokens together whose texts"
                                + " have adapters of their own; expected a row for each token or"
                                + " for each text. Run such a module's texts with one selection")
                        .formatted(path, rows, end(texts), end(tokens)));
    }

    private static long end(List<Span> spans) {
        return spans.isEmpty() ? 0 : spans.get(spans.size() - 1).to();
    }
}
