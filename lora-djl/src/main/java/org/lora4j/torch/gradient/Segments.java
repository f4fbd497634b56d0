/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import org.lora4j.torch.tape.UnrecordedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs segments so that gradients can be carried back through them: on a tape where all operations
 * of a segment can be recorded, by autograd otherwise. Remembers which is which. Not thread-safe.
 */
public final class Segments {
    private static final Logger LOGGER = LoggerFactory.getLogger(Segments.class);

    private final Set<Integer> watched = new HashSet<>();
    private final Set<Integer> unrecorded = new HashSet<>();
    private boolean tapes = true;
    private boolean recorded;

    /** Creates a runner that uses tapes. */
    public Segments() {}

    /**
     * Runs a segment.
     *
     * @param index tells it from others and stays the same from batch to batch
     * @param scope lives until gradients were carried back
     * @param forward computes it, perhaps three times
     * @param inputs its inputs, which may be closed afterwards
     * @param needed for each input whether its gradient is wanted
     * @return the segment, whose outputs belong to the managers that computed them
     */
    public Segment run(
            int index, NDManager scope, Forward forward, NDList inputs, boolean[] needed) {
        if (tapes && !unrecorded.contains(index)) {
            try {
                if (!watched.contains(index)) {
                    watch(scope, forward, inputs, needed);
                    watched.add(index);
                }
                TapeSegment segment = new TapeSegment(scope, forward, inputs, needed);
                recorded = true;
                if (!segment.isNeeded()) {
                    segment.discard();
                }
                return segment;
            } catch (UnrecordedException e) {
                LOGGER.debug("segment {} is left to autograd: {}", index, e.getMessage());
                unrecorded.add(index);
            }
        }
        return byAutograd(scope, forward, inputs, needed);
    }

    private static void watch(NDManager scope, Forward forward, NDList inputs, boolean[] needed) {
        try {
            TapeSegment.watch(scope, forward, inputs, needed);
        } catch (EngineException e) {
            // such as a write into an input: autograd says what is wrong, if it is
            throw new UnrecordedException(String.valueOf(e.getMessage()));
        }
    }

    /** Runs a segment by autograd, as {@link #run} does where it cannot be recorded. */
    public Segment byAutograd(NDManager scope, Forward forward, NDList inputs, boolean[] needed) {
        return new AutogradSegment(scope, forward, inputs, needed);
    }

    /**
     * Keeps a segment's inputs in place of what its gradients read: it will run again.
     *
     * @param segment what was run
     * @param inputs its inputs, which their owner may close
     * @param scope lives until gradients were carried back
     * @param again runs it once more, with the same result
     */
    public static Segment recomputed(
            Segment segment, NDList inputs, NDManager scope, Function<NDList, Segment> again) {
        return new RecomputedSegment(segment, inputs, scope, again);
    }

    /** Returns whether a segment was recorded on a tape. */
    public boolean hasRecorded() {
        return recorded;
    }

    /**
     * Says whether tapes are used.
     *
     * @param use false to leave all segments to autograd
     */
    public void useTapes(boolean use) {
        tapes = use;
    }
}
