/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a demonstration does.
 *
 * @param directory where everything is written
 * @param seed of the addresses, the adapter and the order of training
 * @param addresses how many to train on
 * @param unseen how many to be examined on
 * @param compare whether to fine-tune every weight too
 * @param test addresses to be examined on besides, if any
 */
record DemoPlan(
        Path directory,
        long seed,
        int addresses,
        int unseen,
        boolean compare,
        @Nullable Path test) {
    DemoPlan {
        if (addresses < 1 || unseen < 1) {
            throw new IllegalArgumentException(
                    "--addresses is "
                            + addresses
                            + " and --unseen is "
                            + unseen
                            + "; expected 1 or more");
        }
    }
}
