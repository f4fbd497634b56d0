/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.io.IOException;

/** The network failed, not the disk and not the hub: worth another try. */
final class NetworkException extends IOException {
    private static final long serialVersionUID = 1L;

    NetworkException(String message, Throwable cause) {
        super(message, cause);
    }

    NetworkException(String message) {
        super(message);
    }
}
