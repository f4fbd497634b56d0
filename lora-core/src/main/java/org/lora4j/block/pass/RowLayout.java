/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.pass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where the rows of each text of a batch lie in the activations of a pass, and with which adapters:
 * an activation has a row for each token, text after text, or one for each text. Immutable.
 */
public final class RowLayout {
    private final RowAdapters adapters;
    private final List<Span> tokens;
    private final List<Span> texts;
    private final @Nullable List<Span> actingTokens;
    private final @Nullable List<Span> actingTexts;
    private final @Nullable List<Span> actingPicked;

    /**
     * Rows that follow one another and have the same adapters.
     *
     * @param adapters the adapters
     * @param from the first row
     * @param to the last row + 1
     */
    public record Span(SelectedAdapters adapters, long from, long to) {}

    /** Where the pairs of adapters begin to act on texts. */
    @FunctionalInterface
    public interface Starts {
        /** Says that a text does not have an invocation. */
        long NEVER = Long.MAX_VALUE;

        /**
         * Returns the first row of a text on which an adapter acts.
         *
         * @param text which, in the order in which texts lie
         * @param invocation the adapter's invocation tokens
         * @return counted from the text's first row of this pass: 0 or less for all of them, {@link
         *     #NEVER} for none
         */
        long of(int text, List<Integer> invocation);
    }

    /**
     * Lays a batch out.
     *
     * @param adapters of each text
     * @param order which text each one is, in the order in which they lie
     * @param lengths the tokens of each, in the same order
     * @param starts where adapters with an invocation begin to act; null where nobody knows
     */
    public RowLayout(RowAdapters adapters, int[] order, long[] lengths, @Nullable Starts starts) {
        this.adapters = adapters;
        Spans ofTokens = new Spans();
        Spans ofTexts = new Spans();
        Spans acting = new Spans();
        Spans actingLast = new Spans();
        Map<SelectedAdapters, Map<BitSet, SelectedAdapters>> known = new HashMap<>();
        boolean invoked = false;
        for (int i = 0; i < order.length; i++) {
            SelectedAdapters own = adapters.groups().get(adapters.groupOf(order[i]));
            long length = lengths[i];
            ofTokens.add(own, length);
            ofTexts.add(own, 1);
            if (!own.areInvoked() || starts == null) {
                invoked |= own.areInvoked();
                acting.add(own, length);
                actingLast.add(own, 1);
                continue;
            }
            long[] begin = begin(own, i, length, starts);
            TreeSet<Long> cuts = new TreeSet<>(List.of(0L));
            Arrays.stream(begin).filter(start -> start < length).forEach(cuts::add);
            SelectedAdapters last = own;
            for (long from : cuts) {
                Long next = cuts.higher(from);
                last = from(own, begin, from, known);
                acting.add(last, (next == null ? length : next) - from);
            }
            actingLast.add(last, 1);
        }
        tokens = ofTokens.list();
        texts = ofTexts.list();
        actingTokens = invoked ? null : acting.list();
        actingTexts = invoked ? null : actingLast.list();
        actingPicked = null;
    }

    private RowLayout(RowLayout all, List<Span> picked) {
        adapters = all.adapters;
        tokens = all.tokens;
        texts = all.texts;
        actingTokens = all.actingTokens;
        actingTexts = all.actingTexts;
        actingPicked = picked;
    }

    /** Where each adapter begins to act on a text, from 0; the text's length or more for never. */
    private static long[] begin(SelectedAdapters own, int text, long length, Starts starts) {
        long[] begin = new long[own.size()];
        for (int i = 0; i < begin.length; i++) {
            List<Integer> invocation = own.version(i).invocation();
            begin[i] =
                    invocation.isEmpty()
                            ? 0
                            : Math.min(length, Math.max(0, starts.of(text, invocation)));
        }
        return begin;
    }

    /** The adapters from a row on, of which those that begin later are dormant. */
    private static SelectedAdapters from(
            SelectedAdapters own,
            long[] begin,
            long row,
            Map<SelectedAdapters, Map<BitSet, SelectedAdapters>> known) {
        BitSet dormant = new BitSet();
        for (int i = 0; i < begin.length; i++) {
            dormant.set(i, begin[i] > row);
        }
        return dormant.isEmpty()
                ? own
                : known.computeIfAbsent(own, key -> new HashMap<>())
                        .computeIfAbsent(dormant, own::with);
    }

    /**
     * Returns this layout for activations that have some rows alone too.
     *
     * @param places the rows, ascending
     */
    public RowLayout picking(long... places) {
        if (actingTokens == null) {
            return this;
        }
        Spans picked = new Spans();
        int span = 0;
        for (long place : places) {
            while (actingTokens.get(span).to() <= place) {
                span++;
            }
            picked.add(actingTokens.get(span).adapters(), 1);
        }
        return new RowLayout(this, picked.list());
    }

    /** Returns the different adapters of the texts. */
    public List<SelectedAdapters> groups() {
        return adapters.groups();
    }

    /**
     * Returns the spans of an activation by the adapters of their texts.
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
        throw unknown(rows, path);
    }

    /**
     * Returns the spans of an activation by the adapters whose pairs act on them: before its
     * invocation an adapter is dormant.
     *
     * @param rows its first dimension
     * @param path the module that reads it, for messages
     * @throws IllegalStateException if it has neither a row for each token nor one for each text,
     *     or nobody said where adapters begin to act
     */
    public List<Span> actingSpans(long rows, String path) {
        if (actingTokens == null || actingTexts == null) {
            throw new IllegalStateException(
                    path
                            + ": an adapter acts from its invocation on, and it is not known where"
                            + " that is in the texts of this batch; train and run such adapters"
                            + " (aLoRA) by themselves, on the ids of a language model");
        }
        if (rows == end(actingTokens)) {
            return actingTokens;
        }
        if (actingPicked != null && rows == end(actingPicked)) {
            return actingPicked;
        }
        if (rows == end(actingTexts)) {
            return actingTexts;
        }
        throw unknown(rows, path);
    }

    private IllegalStateException unknown(long rows, String path) {
        return new IllegalStateException(
                ("%s was given %d rows in a batch of %d texts with %d tokens together whose texts"
                                + " have adapters of their own; expected a row for each token or"
                                + " for each text. Run such a module's texts with one selection")
                        .formatted(path, rows, end(texts), end(tokens)));
    }

    private static long end(List<Span> spans) {
        return spans.isEmpty() ? 0 : spans.get(spans.size() - 1).to();
    }

    /** Spans one after another; neighbours with the same adapters become one. */
    private static final class Spans {
        private final List<Span> spans = new ArrayList<>();
        private long end;

        void add(SelectedAdapters adapters, long rows) {
            int last = spans.size() - 1;
            long to = end + rows;
            if (last >= 0 && spans.get(last).adapters() == adapters) {
                spans.set(last, new Span(adapters, spans.get(last).from(), to));
            } else {
                spans.add(new Span(adapters, end, to));
            }
            end = to;
        }

        List<Span> list() {
            return List.copyOf(spans);
        }
    }
}
