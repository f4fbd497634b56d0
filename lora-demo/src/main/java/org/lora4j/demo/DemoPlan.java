/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a demonstration.
 *
 * @param directory where everything is written
 * @param seed of the addresses, the adapter and the order of training
 * @param addresses how many to train on, 1 or more
 * @param unseen how many others to examine the model on, 1 or more
 * @param compare whether to fine-tune every weight too
 * @param test a file of the user's addresses to examine the model on too, or null
 */
public record DemoPlan(
        Path directory,
        long seed,
        int addresses,
        int unseen,
        boolean compare,
        @Nullable Path test) {
    /** Checks the counts. */
    public DemoPlan {
        if (addresses < 1 || unseen < 1) {
            throw new IllegalArgumentException(
                    "%d addresses and %d unseen; expected 1 or more of each"
                            .formatted(addresses, unseen));
        }
    }

    /** Returns the directory that the base is written to. */
    public Path base() {
        return directory.resolve("base");
    }

    /** Returns the file that the training's texts are written to. */
    public Path trainingData() {
        return directory.resolve("train.jsonl");
    }
}
