/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.proto;

import java.io.IOException;

/** Bytes that are no message. */
public final class InvalidProtoException extends IOException {
    private static final long serialVersionUID = 1;

    /** Creates an exception. */
    public InvalidProtoException(String message) {
        super(message);
    }
}
