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
    /**
     * Creates the exception.
     *
     * @param path the file
     * @param problem what was expected and found, in one line
     */
    public InvalidTorchFileException(Path path, String problem) {
        super(path + ": " + problem);
    }
}
