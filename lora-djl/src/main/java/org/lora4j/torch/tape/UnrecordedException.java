/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.tape;

/**
 * Thrown where a tape meets an array that it did not record: an operation without a derivative of
 * its own has made it. Autograd can differentiate the same computation.
 */
public final class UnrecordedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnrecordedException(String message) {
        // control flow within the library: no stack trace is read
        super(message, null, false, false);
    }
}
