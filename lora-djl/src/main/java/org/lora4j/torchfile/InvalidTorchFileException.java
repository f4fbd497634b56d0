/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.IOException;
import java.nio.file.Path;

/** A file is not what torch.save writes, or holds what is not read from strangers' files. */
public final class InvalidTorchFileException extends IOException {
    private static final int LONGEST_EXCERPT = 120;

    private final String problem;

    /**
     * Creates the exception.
     *
     * @param path the file
     * @param problem what was expected and found, in one line
     */
    public InvalidTorchFileException(Path path, String problem) {
        super(path + ": " + problem);
        this.problem = problem;
    }

    /**
     * Returns the problem without the path.
     *
     * @return one line
     */
    public String problem() {
        return problem;
    }

    /** Text from a file, made fit for a message: short, and without control characters. */
    static String excerpt(String text) {
        String head =
                text.length() <= LONGEST_EXCERPT
                        ? text
                        : text.substring(0, LONGEST_EXCERPT) + "... (" + text.length() + ")";
        return head.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "?");
    }
}
