/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pieces of a text, generated when they are asked for. What the generation remembers is freed
 * when the stream is closed or read to its end; where neither happens, once nobody refers to the
 * stream any more, with a warning that names where it was opened.
 */
final class TextStream extends Spliterators.AbstractSpliterator<String> {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Function<Consumer<String>, GenerationBatch> start;
    private final Deque<String> pieces = new ArrayDeque<>();
    private final Running running;
    private final Cleaner.Cleanable abandoned;
    private boolean closed;

    private TextStream(Function<Consumer<String>, GenerationBatch> start, StreamMemory memory) {
        super(Long.MAX_VALUE, ORDERED | NONNULL);
        this.start = start;
        this.running = new Running(opener(), memory);
        this.abandoned = CLEANER.register(this, running::abandon);
    }

    /**
     * Returns the stream.
     *
     * @param start begins the generation, which hands its text to what it is given; called when the
     *     first piece is asked for
     * @param memory counts what the streams of a generator keep
     */
    static Stream<String> of(
            Function<Consumer<String>, GenerationBatch> start, StreamMemory memory) {
        TextStream pieces = new TextStream(start, memory);
        return StreamSupport.stream(pieces, false).onClose(pieces::close);
    }

    @Override
    public boolean tryAdvance(Consumer<? super String> action) {
        boolean more = !running.ended;
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
        boolean more = false;
        boolean done = false;
        try {
            GenerationBatch batch = running.batch;
            if (batch == null) {
                batch = start.apply(pieces::add); // which must not refer to this stream
                running.batch = batch;
            }
            more = batch.step();
            done = true;
            if (more) {
                running.count(batch.bytes());
            }
            return more;
        } finally {
            Reference.reachabilityFence(this); // lest the batch be closed while it makes a step
            if (!done) {
                close();
            } else if (!more) {
                running.end();
            }
        }
    }

    private void close() {
        closed = true;
        running.end();
        abandoned.clean();
    }

    /** The first caller that is not part of this package. */
    private static String opener() {
        return StackWalker.getInstance()
                .walk(
                        frames ->
                                frames.filter(TextStream::isCaller)
                                        .findFirst()
                                        .map(StackWalker.StackFrame::toString)
                                        .orElse("an unknown place"));
    }

    private static boolean isCaller(StackWalker.StackFrame frame) {
        String name = frame.getClassName();
        return !name.equals(TextStream.class.getName())
                && !name.equals(TextGenerator.class.getName());
    }

    /** What a stream holds, without the stream itself. */
    private static final class Running {
        private static final Logger logger = LoggerFactory.getLogger(TextStream.class);

        private final String opener;
        private final StreamMemory memory;
        private volatile @Nullable GenerationBatch batch;
        private volatile boolean ended;
        private volatile long counted;

        Running(String opener, StreamMemory memory) {
            this.opener = opener;
            this.memory = memory;
        }

        void count(long bytes) {
            if (bytes != counted) {
                memory.add(bytes - counted);
                counted = bytes;
            }
        }

        /** Frees what the generation remembers; does nothing the second time. */
        void end() {
            GenerationBatch begun = batch;
            if (!ended && begun != null) {
                begun.close();
                count(0);
            }
            ended = true;
        }

        void abandon() {
            if (!ended && batch != null) {
                logger.warn(
                        "a stream of generated text was neither closed nor read to its end; its"
                                + " memory is freed only now. It was opened at {}. Close such"
                                + " streams: try (Stream<String> text = ...)",
                        opener);
                memory.abandoned(counted);
                counted = 0;
                end();
            }
        }
    }
}
