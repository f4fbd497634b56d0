/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.util.List;

/**
 * A module of an archive.
 *
 * @param path its dotted path, as Hugging Face writes it; empty for the root
 * @param type its class in the archive, such as
 *     __torch__.torch.nn.modules.linear.___torch_mangle_3.Linear
 * @param originalName its class in Python without the module, such as Linear
 * @param parameters its own tensors
 */
public record ScriptModule(
        String path, String type, String originalName, List<ScriptParameter> parameters) {
    /** Copies the list. */
    public ScriptModule {
        parameters = List.copyOf(parameters);
    }
}
