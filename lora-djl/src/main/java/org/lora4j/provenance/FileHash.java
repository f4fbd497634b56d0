/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.provenance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.files.Sha256;

/**
 * A file's content, by its length and its SHA-256.
 *
 * @param bytes the length
 * @param sha256 64 hexadecimal digits in lower case, as sha256sum prints them
 */
public record FileHash(long bytes, String sha256) {
    /**
     * Reads a file.
     *
     * @throws IOException if it is no regular file or cannot be read
     */
    public static FileHash of(Path file) throws IOException {
        return new FileHash(Files.size(file), Sha256.of(file));
    }
}
