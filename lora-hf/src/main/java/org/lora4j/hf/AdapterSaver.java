/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.SavedModule;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.BlockTree;

/** Writes an adapter of a model as PEFT's directory. */
final class AdapterSaver {
    private AdapterSaver() {}

    /** Describes a new adapter of a model. */
    static PeftConfigFile describe(LoadedModel model, LoraConfig config) {
        return PeftConfigFile.of(PeftHeads.with(config))
                .withTaskType("SEQ_CLS")
                .withBaseModel(model.name(), null);
    }

    static void save(LoadedModel model, PeftConfigFile file, String name, Path directory)
            throws IOException {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        for (AdapterHost host : BlockTree.hosts(model.block())) {
            host.tensors(name)
                    .forEach(
                            (suffix, parameter) ->
                                    tensors.put(host.path() + "." + suffix, parameter.getArray()));
            if (host instanceof SavedModule module && file.lora().bias() == Bias.ALL) {
                PeftBiases.repeated(module, name)
                        .forEach((path, parameter) -> tensors.put(path, parameter.getArray()));
            }
        }
        new PeftAdapter(file, tensors, AdapterNotes.of(model.labels(), file.lora().seed()))
                .write(directory);
    }
}
