/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

/** Takes the reason out of the many lines that libtorch writes about a script that failed. */
final class EngineReason {
    private static final String ERROR = "RuntimeError: ";

    private EngineReason() {}

    /** Returns one line. */
    static String of(Throwable failure) {
        String text = String.valueOf(failure.getMessage());
        int error = text.lastIndexOf(ERROR);
        String reason = error < 0 ? text : text.substring(error + ERROR.length());
        return reason.strip().lines().findFirst().orElse("no reason given").strip();
    }
}
