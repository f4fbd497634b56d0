/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.swap;

import java.util.List;

/**
 * A change that can be taken back.
 *
 * @param apply makes the change
 * @param revert takes it back
 */
public record Edit(Runnable apply, Runnable revert) {
    /** Makes all changes or, if one of them throws, none. */
    public static void applyAll(List<Edit> edits) {
        int done = 0;
        try {
            for (Edit edit : edits) {
                edit.apply.run();
                done++;
            }
        } catch (RuntimeException e) {
            while (done > 0) {
                edits.get(--done).revert.run();
            }
            throw e;
        }
    }
}
