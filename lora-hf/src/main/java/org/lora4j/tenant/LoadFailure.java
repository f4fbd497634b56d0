/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.tenant;

import java.util.concurrent.CancellationException;

/**
 * Ends the future of a load that failed. Caffeine writes the failures of futures to a log of its
 * own, but for cancellations; here each caller is told.
 */
final class LoadFailure extends CancellationException {
    private static final long serialVersionUID = 1;

    LoadFailure(Throwable cause) {
        super(cause.getMessage());
        initCause(cause);
    }

    /** Returns why the load failed; newer JDKs wrap what ended a future in another exception. */
    static Throwable reason(CancellationException thrown) {
        Throwable failure = thrown instanceof LoadFailure ? thrown : thrown.getCause();
        Throwable reason = failure == null ? null : failure.getCause();
        return reason == null ? thrown : reason;
    }
}
