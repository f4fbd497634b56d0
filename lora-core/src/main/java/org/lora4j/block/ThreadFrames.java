/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.pass.AdapterNames.Published;
import org.lora4j.block.pass.RowAdapters;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.block.pass.SelectedAdapters;

/** The scopes and passes that each thread has opened in a tree, one inside the other. */
final class ThreadFrames {
    // one for each tree on purpose: two models in one thread do not share a selection
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable Frame> innermost = new ThreadLocal<>();

    /** Returns the innermost scope or pass of the calling thread, or null. */
    @Nullable Frame innermost() {
        return innermost.get();
    }

    boolean haveAPass() {
        for (Frame frame = innermost.get(); frame != null; frame = frame.below) {
            if (frame instanceof PassFrame) {
                return true;
            }
        }
        return false;
    }

    /**
     * Opens a scope, which begins with the adapters of now.
     *
     * @param selection the adapters that take part, of any text
     * @param rows the adapters of each text, or null where all have the selection
     * @param now what passes see when the scope is opened
     * @param strict whether names that the tree does not have are refused; else they take no part
     * @throws IllegalArgumentException if one is refused
     */
    UseFrame open(
            AdapterSelection selection, @Nullable AdapterRows rows, Published now, boolean strict) {
        UseFrame opened = new UseFrame(selection, rows, now, strict, innermost.get());
        innermost.set(opened);
        return opened;
    }

    /**
     * Opens a pass.
     *
     * @param leave what ends it
     */
    PassFrame open(SelectedAdapters adapters, Runnable leave) {
        PassFrame opened = new PassFrame(adapters, leave, innermost.get());
        innermost.set(opened);
        return opened;
    }

    private void restore(@Nullable Frame below) {
        if (below == null) {
            innermost.remove();
        } else {
            innermost.set(below);
        }
    }

    /** What a thread is in. */
    abstract static class Frame implements ActiveAdapters.Scope {
        private final @Nullable Frame below;

        private Frame(@Nullable Frame below) {
            this.below = below;
        }

        /**
         * The adapters of all texts.
         *
         * @throws IllegalStateException if texts have adapters of their own
         */
        abstract AdapterSelection selection();
    }

    private static AdapterSelection mixed() {
        throw new IllegalStateException(
                "each text of a batch has adapters of its own in this scope; expected one selection"
                        + " for all of them. Close the scope first, or open one of a selection");
    }

    /** A scope of a selection, whose names are looked up at each pass. */
    final class UseFrame extends Frame {
        private final AdapterSelection selection;
        private final @Nullable AdapterRows rows;
        private final Set<String> required;
        private SelectedAdapters seen;
        private SelectedAdapters adapters;
        private boolean closed;

        private UseFrame(
                AdapterSelection selection,
                @Nullable AdapterRows rows,
                Published now,
                boolean strict,
                @Nullable Frame below) {
            super(below);
            this.selection = selection;
            this.rows = rows;
            this.required = new LinkedHashSet<>(selection.weights().keySet());
            Set<String> unknown = new LinkedHashSet<>(required);
            unknown.removeAll(now.versions().keySet());
            if (strict && !unknown.isEmpty()) {
                throw new IllegalArgumentException(
                        "no adapter \"%s\"; the model has %s"
                                .formatted(
                                        String.join("\", \"", unknown), now.versions().keySet()));
            }
            this.required.removeAll(unknown);
            this.seen = now.defaults();
            this.adapters = find(selection, rows, now);
        }

        private static SelectedAdapters find(
                AdapterSelection selection, @Nullable AdapterRows rows, Published now) {
            return rows == null
                    ? SelectedAdapters.of(selection.weights(), now.versions(), now.gate())
                    : SelectedAdapters.ofRows(
                            selection.weights(),
                            rows.rows().stream().map(AdapterSelection::weights).toList(),
                            now.versions());
        }

        @Override
        AdapterSelection selection() {
            return rows == null ? selection : mixed();
        }

        /**
         * Looks the names up, again if anything has changed since.
         *
         * @throws IllegalStateException if an adapter was deleted
         */
        SelectedAdapters lookUp(Published now) {
            if (seen != now.defaults()) {
                for (String name : required) {
                    if (!now.versions().containsKey(name)) {
                        throw new IllegalStateException(
                                ("adapter \"%s\" was deleted since the scope that uses it was"
                                                + " opened; the model has %s")
                                        .formatted(name, now.versions().keySet()));
                    }
                }
                adapters = find(selection, rows, now);
                seen = now.defaults();
            }
            return adapters;
        }

        @Override
        public void close() {
            if (closed) {
                return;
            }
            if (innermost.get() != this) {
                throw new IllegalStateException(
                        ("a scope of %s is closed out of order; expected the thread that opened"
                                        + " it, innermost scope first. Open scopes with"
                                        + " try-with-resources")
                                .formatted(selection.weights().keySet()));
            }
            closed = true;
            restore(super.below);
        }
    }

    /** A pass, which may be opened again inside itself. */
    final class PassFrame extends Frame {
        private LayerPass layers;
        private int[] batch;
        private final Runnable leave;
        private final Thread thread = Thread.currentThread();
        private int depth = 1;

        private PassFrame(SelectedAdapters adapters, Runnable leave, @Nullable Frame below) {
            super(below);
            this.layers = new LayerPass(adapters, null, null, false);
            RowAdapters rows = adapters.rows();
            this.batch = IntStream.range(0, rows == null ? 0 : rows.size()).toArray();
            this.leave = leave;
        }

        LayerPass layers() {
            return layers;
        }

        void beginBatch(int... rows) {
            batch = rows.clone();
        }

        int[] order(int texts) {
            requireTexts(texts);
            return requireRows().order(batch);
        }

        /** Whether the rows of texts matter: for adapters of their own, or for invocations. */
        boolean readsRows() {
            return layers.all().rows() != null || layers.all().areInvoked();
        }

        void layOut(int[] order, long[] lengths, RowLayout.@Nullable Starts starts) {
            SelectedAdapters all = layers.all();
            RowAdapters own = all.rows();
            int[] rows = order;
            if (own == null) {
                own = RowAdapters.same(all, order.length);
            } else {
                requireTexts(order.length);
                rows = Arrays.stream(order).map(text -> batch[text]).toArray();
            }
            layers = new LayerPass(all, new RowLayout(own, rows, lengths, starts), null, false);
        }

        void pick(long... places) {
            RowLayout layout = layers.layout();
            if (layout != null && layers.all().rows() == null) {
                layers = new LayerPass(layers.all(), layout.picking(places), null, false);
            }
        }

        private RowAdapters requireRows() {
            return Objects.requireNonNull(layers.all().rows());
        }

        private void requireTexts(int texts) {
            if (texts != batch.length) {
                throw new IllegalArgumentException(
                        "a batch of %d texts, and adapters for %d texts; expected as many"
                                .formatted(texts, batch.length));
            }
        }

        PassFrame again() {
            depth++;
            return this;
        }

        @Override
        AdapterSelection selection() {
            SelectedAdapters all = layers.all();
            return all.rows() == null ? new AdapterSelection(all.selection()) : mixed();
        }

        @Override
        public void close() {
            if (thread != Thread.currentThread()) {
                throw new IllegalStateException(
                        "a pass is closed on another thread than the one that opened it");
            }
            if (depth > 0 && --depth == 0) {
                // scopes that were left open inside the pass end with it: what it reads must not
                // be kept for ever because of them
                restore(super.below);
                leave.run();
            }
        }
    }
}
