/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.state;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The files of a checkpoint are not those that were written. */
final class DamagedCheckpointException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedCheckpointException(Path checkpoint, String how, @Nullable Throwable cause) {
        super(checkpoint + ": is damaged: " + how, cause);
    }
}
