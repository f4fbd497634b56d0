/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.AdapterFiles;
import org.lora4j.torch.TorchEngine;

/** Writes an adapter of a model as PEFT's directory. */
final class AdapterSaver {
    private AdapterSaver() {}

    /** Describes a new adapter of a model. */
    static PeftConfigFile describe(LoadedModel model, LoraConfig config) {
        return PeftConfigFile.of(model.model().asPeft(config))
                .withTaskType(model.model().peftTaskType())
                .withBaseModel(model.name(), null);
    }

    static void save(LoadedModel model, PeftConfigFile file, String name, Path directory)
            throws IOException {
        try (NDManager scope = TorchEngine.get().newBaseManager()) {
            AdapterNotes notes = AdapterNotes.of(model.labels(), file.lora().seed());
            AdapterFiles.export(model.block(), name, file, notes, scope).write(directory);
        }
    }
}
