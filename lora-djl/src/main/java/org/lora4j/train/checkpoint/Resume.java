/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.checkpoint;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a training does with the checkpoints that are there when it begins.
 *
 * @param mode where it begins
 * @param place the checkpoint, or a directory of several, of {@link Mode#FROM}
 * @param isForced whether differences between the checkpoint and the training are logged and
 *     ignored, instead of refused
 */
public record Resume(Mode mode, @Nullable Path place, boolean isForced) {
    /** Where a training begins. */
    public enum Mode {
        /** At its beginning; a directory that holds checkpoints already is refused. */
        NEVER,
        /** At its beginning; checkpoints that are there go when the first new one is written. */
        AFRESH,
        /** From the latest whole checkpoint, or at its beginning where there is none. */
        AUTO,
        /** From a given checkpoint, which must be whole. */
        FROM
    }

    /** Checks that a place is given where one is needed. */
    public Resume {
        if ((mode == Mode.FROM) != (place != null)) {
            throw new IllegalArgumentException(
                    "resume "
                            + mode
                            + " with the place "
                            + place
                            + "; expected one with FROM only");
        }
    }

    /** Begins at the beginning, and refuses a directory that holds checkpoints already. */
    public static Resume never() {
        return new Resume(Mode.NEVER, null, false);
    }

    /**
     * Begins at the beginning. Checkpoints that are there are deleted as soon as the first new one
     * is written.
     */
    public static Resume afresh() {
        return new Resume(Mode.AFRESH, null, false);
    }

    /** Goes on from the latest whole checkpoint, or begins where there is none. */
    public static Resume auto() {
        return new Resume(Mode.AUTO, null, false);
    }

    /**
     * Goes on from a checkpoint.
     *
     * @param checkpoint its directory, or a directory of several, of which the latest is taken
     */
    public static Resume from(Path checkpoint) {
        return new Resume(Mode.FROM, Objects.requireNonNull(checkpoint, "checkpoint"), false);
    }

    /**
     * Goes on also where the data, the base or the configuration are not those of the checkpoint: a
     * warning says what differs. Tensors of other shapes are refused all the same.
     */
    public Resume forced() {
        return new Resume(mode, place, true);
    }

    /** Returns the place that was given. */
    public Optional<Path> given() {
        return Optional.ofNullable(place);
    }
}
