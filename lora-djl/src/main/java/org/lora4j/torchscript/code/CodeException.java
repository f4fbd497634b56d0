/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.code;

import java.io.IOException;

/** A fault of a code file, in one line, before the archive's name is known. */
public final class CodeException extends IOException {
    /**
     * Creates the exception.
     *
     * @param file the code file in the archive
     * @param line the line, counted from 1
     * @param problem what was expected and found
     */
    public CodeException(String file, int line, String problem) {
        super("%s: line %d: %s".formatted(file, line, problem));
    }
}
