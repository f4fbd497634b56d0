/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.state;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.train.checkpoint.OnDivergence;
import org.lora4j.train.checkpoint.Resume;

/**
 * Where and how often the state of a training is saved.
 *
 * @param directory where its checkpoints go, or null for none
 * @param everySteps the steps between two, or 0
 * @param every the time between two, or null
 * @param keep how many stay, the latest; 0 is all
 * @param resume what becomes of those that are there
 * @param onDivergence what a divergence does
 */
public record CheckpointPlan(
        @Nullable Path directory,
        int everySteps,
        @Nullable Duration every,
        int keep,
        Resume resume,
        OnDivergence onDivergence) {
    private static final Duration USUAL = Duration.ofMinutes(10);

    /** No checkpoints. */
    public static final CheckpointPlan NONE =
            new CheckpointPlan(null, 0, null, 2, Resume.never(), OnDivergence.STOP);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException naming all that are out of range
     */
    public CheckpointPlan {
        List<String> wrong = new ArrayList<>();
        if (everySteps < 0) {
            wrong.add("a checkpoint every " + everySteps + " steps; expected 1 or more");
        }
        if (every != null && (every.isNegative() || every.isZero())) {
            wrong.add("a checkpoint every " + every + "; expected a positive duration");
        }
        if (keep < 0) {
            wrong.add("keep " + keep + " checkpoints; expected 1 or more, or 0 for all");
        }
        if (directory == null) {
            if (everySteps > 0 || every != null) {
                wrong.add("checkpoints have no directory; expected optCheckpoints(...)");
            }
            if (resume.mode() != Resume.Mode.NEVER) {
                wrong.add("resume has no directory; expected optCheckpoints(...)");
            }
            if (onDivergence == OnDivergence.ROLLBACK) {
                wrong.add("a rollback needs checkpoints; expected optCheckpoints(...)");
            }
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong));
        }
    }

    /** Returns whether a checkpoint is due. */
    boolean isDue(int steps, long nanosSinceLast) {
        if (everySteps > 0 && steps % everySteps == 0) {
            return true;
        }
        Duration usual = everySteps == 0 && every == null ? USUAL : every;
        return usual != null && usual.compareTo(Duration.ofNanos(nanosSinceLast)) <= 0;
    }
}
