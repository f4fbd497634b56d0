/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.terminal;

import java.io.FileNotFoundException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says in one line what went wrong. */
public final class ErrorText {
    /** The library's errors name its methods, in whose place these name options. */
    private static final Map<String, String> CALLS =
            Map.of(
                    ", or accept them with optAllowUnmatchedTargets(true)",
                    "",
                    ", or accept it with optAllowUnmatchedTargets(true)",
                    "",
                    "; name them with Task.sequenceClassification(\"negative\", \"positive\")",
                    "; give an --adapter that has the head, or a model that was trained",
                    "expected Task.causalLanguageModel()",
                    "expected --task causal-lm",
                    ", or draw a new head with LoadOptions.withNewHead(true)",
                    ", or draw a new head in a training with --new-head",
                    "or Task.regression() for a number",
                    "or --task regression for a number");

    private static final String SCRIPT = "Traceback of TorchScript";
    private static final String SCRIPT_ERROR = "RuntimeError: ";

    private ErrorText() {}

    public static String of(Throwable failure) {
        String message = failure.getMessage();
        if (failure instanceof OutOfMemoryError) {
            return ("out of memory (%s); try a smaller --batch-size or --max-length, a shorter"
                            + " text, or more memory: JDK_JAVA_OPTIONS=-Xmx4g")
                    .formatted(message);
        }
        if (message == null || message.isBlank() || isInternal(failure)) {
            return "internal error: %s; run again with --verbose for where"
                    .formatted(oneLine(failure.toString()));
        }
        if (failure instanceof FileSystemException file && file.getReason() == null) {
            return oneLine(message) + ": " + reason(file);
        }
        if (failure instanceof FileNotFoundException || failure instanceof RuntimeException) {
            return oneLine(withCause(message, failure.getCause()));
        }
        return oneLine(message);
    }

    /**
     * Returns a message, or the cause's if a wrapper only repeats the cause with its class name.
     */
    private static String withCause(String message, @Nullable Throwable cause) {
        return cause != null && message.equals(cause.toString()) ? of(cause) : message;
    }

    private static boolean isInternal(Throwable failure) {
        return failure instanceof NullPointerException
                || failure instanceof ClassCastException
                || failure instanceof IndexOutOfBoundsException
                || failure instanceof LinkageError;
    }

    private static String reason(FileSystemException failure) {
        if (failure instanceof NoSuchFileException) {
            return "no such file";
        }
        return failure instanceof AccessDeniedException
                ? "permission denied"
                : failure.getClass().getSimpleName();
    }

    /** Joins lines as clauses, and drops the engine's own stack frames. */
    public static String oneLine(String text) {
        int frames = text.indexOf("Exception raised from");
        String kept = frames > 0 ? text.substring(0, frames) : text;
        int script = kept.contains(SCRIPT) ? kept.lastIndexOf(SCRIPT_ERROR) : -1;
        if (script >= 0) {
            kept = "PyTorch: " + kept.substring(script + SCRIPT_ERROR.length());
        }
        for (Map.Entry<String, String> call : CALLS.entrySet()) {
            kept = kept.replace(call.getKey(), call.getValue());
        }
        return kept.strip().replaceAll("[;:,]?\\s*\\R\\s*", "; ").replaceAll("\\p{Cntrl}", " ");
    }
}
