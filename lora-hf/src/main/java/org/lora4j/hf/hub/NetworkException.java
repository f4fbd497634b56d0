/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.io.IOException;

/** Thrown if the network failed, and not the disk or the hub: another attempt may succeed. */
final class NetworkException extends IOException {
    private static final long serialVersionUID = 1L;

    NetworkException(String message, Throwable cause) {
        super(message, cause);
    }

    NetworkException(String message) {
        super(message);
    }
}
