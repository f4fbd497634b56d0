/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.lora4j.train.checkpoint.TrainingIdentity;

/** By which file a data set is known. */
public final class DataIdentity {
    private DataIdentity() {}

    /**
     * Returns the file that data are from.
     *
     * @param source what errors call the data; their identity says nothing where it is no file
     */
    public static TrainingIdentity ofFile(String source) {
        try {
            Path path = Path.of(source);
            if (Files.isRegularFile(path)) {
                return ofFile(path);
            }
        } catch (InvalidPathException e) {
            return TrainingIdentity.none(); // texts from elsewhere, with a name of the caller's
        }
        return TrainingIdentity.none();
    }

    /** Returns a file, by its content and its name. */
    public static TrainingIdentity ofFile(Path path) {
        return TrainingIdentity.none().withFile(String.valueOf(path.getFileName()), path);
    }
}
