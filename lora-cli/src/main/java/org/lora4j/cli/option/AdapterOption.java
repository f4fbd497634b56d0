/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import picocli.CommandLine.Option;

/** The adapter that a model is used with, if any. */
public final class AdapterOption {
    @Option(names = "--adapter", paramLabel = "DIR", description = "An adapter, as PEFT saves it.")
    private @Nullable Path adapter;

    /** Loads a model with the adapter, for the adapter's task, or without one for the given. */
    public LoraModel load(Path model, Task task, LoadOptions options) throws IOException {
        return adapter != null
                ? LoraModel.load(model, adapter, options)
                : LoraModel.load(model, task, options);
    }
}
