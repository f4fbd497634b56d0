/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** The pieces of a text, generated when they are asked for. */
final class TextStream extends Spliterators.AbstractSpliterator<String> {
    private final Function<Consumer<String>, GenerationBatch> start;
    private final Deque<String> pieces = new ArrayDeque<>();
    private @Nullable GenerationBatch batch;
    private boolean closed;

    private TextStream(Function<Consumer<String>, GenerationBatch> start) {
        super(Long.MAX_VALUE, ORDERED | NONNULL);
        this.start = start;
    }

    /**
     * Returns the stream.
     *
     * @param start begins the generation, which hands its text to what it is given; called when the
     *     first piece is asked for
     */
    static Stream<String> of(Function<Consumer<String>, GenerationBatch> start) {
        TextStream pieces = new TextStream(start);
        return StreamSupport.stream(pieces, false).onClose(pieces::close);
    }

    @Override
    public boolean tryAdvance(Consumer<? super String> action) {
        boolean more = !closed;
        while (more && pieces.isEmpty()) {
            more = step();
        }
        String piece = closed ? null : pieces.poll();
        if (piece == null) {
            return false;
        }
        action.accept(piece);
        return true;
    }

    private boolean step() {
        GenerationBatch running = batch;
        if (running == null) {
            running = start.apply(pieces::add);
            batch = running;
        }
        boolean done = false;
        try {
            boolean more = running.step();
            done = true;
            return more;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private void close() {
        closed = true;
        if (batch != null) {
            batch.close();
        }
    }
}
