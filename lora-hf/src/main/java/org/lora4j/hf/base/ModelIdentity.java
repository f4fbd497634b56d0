/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.lora4j.djl.AdapterIdentity;
import org.lora4j.files.BaseFiles;
import org.lora4j.train.checkpoint.TrainingIdentity;

/** By what a training knows its model again: the files of the base, and the adapters' numbers. */
public final class ModelIdentity {
    private ModelIdentity() {}

    /** Describes a model as it is now; its files are not read yet. */
    public static TrainingIdentity of(LoadedModel model) {
        TrainingIdentity identity =
                TrainingIdentity.none()
                        .with("base precision", model.dtype().name())
                        .with("base dropout", model.block().dropouts().isOn() ? "on" : "off")
                        .with("labels", String.join(", ", model.labels()))
                        .withAll("", AdapterIdentity.of(model.block()));
        String packing = model.packing();
        if (packing != null) {
            identity = identity.with("base quantisation", packing);
        }
        Map<String, Path> files = files(model.directory());
        for (String name : files.keySet()) {
            identity = identity.withFile("base " + name, files.get(name));
        }
        return identity;
    }

    private static Map<String, Path> files(Path directory) {
        try {
            return BaseFiles.of(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " cannot be read: " + e.getMessage(), e);
        }
    }
}
