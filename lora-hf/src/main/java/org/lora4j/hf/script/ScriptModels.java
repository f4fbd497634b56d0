/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.djl.Lora;
import org.lora4j.torch.TorchModule;
import org.lora4j.torch.engine.TorchEngine;
import org.lora4j.torchscript.ScriptArchive;

/** Loads TorchScript files as DJL models, and merges adapters into them. */
public final class ScriptModels {
    private ScriptModels() {}

    /**
     * Loads a file that torch.jit.save wrote.
     *
     * @param script the file
     * @param device where the weights are
     * @return a model for {@link Lora#inject(Model, org.lora4j.core.LoraConfig)}; the caller closes
     *     it
     * @throws IOException if the file is no TorchScript archive, or has adapters already
     */
    public static Model load(Path script, Device device) throws IOException {
        try (ScriptArchive archive = open(script)) {
            return load(archive, device);
        }
    }

    static ScriptArchive open(Path script) throws IOException {
        if (Files.isDirectory(script)) {
            throw new IOException(script + ": is a directory; expected a TorchScript file");
        }
        ScriptArchive archive = ScriptArchive.open(script);
        if (!archive.adapters().isEmpty()) {
            archive.close();
            throw new IOException(
                    ("%s: has adapters already, on %d weights such as %s; expected the file that"
                                    + " they were made from, with the adapter beside it, or a"
                                    + " merged one")
                            .formatted(
                                    script,
                                    archive.adapters().size(),
                                    archive.adapters().get(0).target().path()));
        }
        return archive;
    }

    static Model load(ScriptArchive archive, Device device) throws IOException {
        String name = String.valueOf(archive.path().getFileName());
        Model model = Model.newInstance(name, device, TorchEngine.get().getEngineName());
        try {
            model.setBlock(TorchModule.loadAsBlock(archive.path(), model.getNDManager()));
            return model;
        } catch (EngineException e) {
            model.close();
            throw new IOException(
                    "%s: PyTorch cannot load it: %s".formatted(archive.path(), EngineReason.of(e)),
                    e);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /**
     * Adds an adapter's update to a script's weights and saves a plain TorchScript file, which
     * torch.jit.load and DJL run like the original.
     *
     * @param script the TorchScript file that the adapter was trained on
     * @param adapter the adapter, as PEFT saves it
     * @param output the file to write; one that is there is replaced when the new one is complete
     * @param device where the sum is computed, and from where the weights are saved
     * @throws IOException if a file cannot be read or written, or the adapter does not fit
     * @throws IllegalStateException if a sum is NaN or infinite: it names the layer
     */
    public static void merge(Path script, Path adapter, Path output, Device device)
            throws IOException {
        try (Model model = load(script, device)) {
            Lora.loadAdapter(model, Lora.DEFAULT_ADAPTER, adapter);
            Lora.mergeAndUnload(model);
            Lora.saveTorchScript(model, output);
        }
    }
}
