/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
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

    private final Set<Integer> unrecorded = new HashSet<>();
    private final Map<Integer, AutogradSegment.Dependence> dependences = new HashMap<>();
    private boolean tapes = true;
    private boolean recorded;

    /** Creates a runner that uses tapes. */
    public Segments() {}

    /**
     * Runs a segment.
     *
     * @param index tells it from others and stays the same from batch to batch
     * @param scope lives until gradients were carried back
     * @param forward computes it, perhaps twice
     * @param inputs its inputs, which may be closed afterwards
     * @param needed for each input whether its gradient is wanted
     * @return the segment, whose outputs belong to the managers that computed them
     */
    public Segment run(
            int index, NDManager scope, Forward forward, NDList inputs, boolean[] needed) {
        if (tapes && !unrecorded.contains(index)) {
            try {
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
        return byAutograd(index, scope, forward, inputs, needed);
    }

    /** Runs a segment by autograd, as {@link #run} does where it cannot be recorded. */
    public Segment byAutograd(
            int index, NDManager scope, Forward forward, NDList inputs, boolean[] needed) {
        AutogradSegment.Dependence dependence =
                dependences.computeIfAbsent(index, i -> new AutogradSegment.Dependence());
        return new AutogradSegment(scope, forward, inputs, needed, dependence);
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
