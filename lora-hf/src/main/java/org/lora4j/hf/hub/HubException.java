/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if a model is not available. The message says what was looked for, where, and what to do.
 */
public final class HubException extends IOException {
    private static final long serialVersionUID = 1L;

    HubException(String message) {
        super(message);
    }

    HubException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
