/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.checkpoint;

import java.nio.file.Path;
import java.util.List;

/** A checkpoint is not one of the training that is to go on from it. */
public final class ResumeRefusedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> differences;

    /**
     * Makes the exception.
     *
     * @param checkpoint its directory
     * @param differences what differs, each with both values
     */
    public ResumeRefusedException(Path checkpoint, List<String> differences) {
        super(
                ("%s is a checkpoint of another training: %s. Expected the same; a forced resume"
                                + " (--force-resume) ignores this")
                        .formatted(checkpoint, String.join("; ", differences)));
        this.differences = List.copyOf(differences);
    }

    /** Returns what differs, each with both values. */
    public List<String> differences() {
        return differences;
    }
}
