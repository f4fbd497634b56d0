/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchfile.WeightFiles;

/** The tensors of a base model's directory. */
record BaseModel(WeightFiles files) implements AutoCloseable {
    static BaseModel open(Path directory) throws IOException {
        return new BaseModel(WeightFiles.open(directory));
    }

    Map<String, LazyTensor> tensors() {
        return files.tensors();
    }

    @Nullable LazyTensor find(String name) {
        return tensors().get(name);
    }

    /** The paths of all modules that hold a weight. */
    Set<String> modules() {
        Set<String> modules = new LinkedHashSet<>();
        for (String name : tensors().keySet()) {
            if (name.endsWith(".weight")) {
                modules.add(name.substring(0, name.length() - ".weight".length()));
            }
        }
        return modules;
    }

    @Override
    public void close() throws IOException {
        files.close();
    }
}
