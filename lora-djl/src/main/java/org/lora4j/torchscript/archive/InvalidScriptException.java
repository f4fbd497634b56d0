/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.archive;

import java.io.IOException;
import java.nio.file.Path;

/** A file is not the TorchScript archive that it was expected to be, or is damaged. */
public final class InvalidScriptException extends IOException {
    /**
     * Creates the exception.
     *
     * @param path the file
     * @param problem where, what was expected and what was found, in one line
     */
    public InvalidScriptException(Path path, String problem) {
        super(path + ": " + problem);
    }

    /**
     * Creates the exception of a fault in one record.
     *
     * @param path the file
     * @param record the record's name in the archive's folder
     * @param problem what was expected and what was found, in one line
     */
    public InvalidScriptException(Path path, String record, String problem) {
        this(path, record + ": " + problem);
    }
}
