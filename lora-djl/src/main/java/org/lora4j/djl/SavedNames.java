/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.IdentityHashMap;

/**
 * The names of a module's parameters below the module, dotted: DJL's own joins cannot be split
 * again, so they are looked up by identity.
 */
final class SavedNames {
    private final IdentityHashMap<Parameter, String> names = new IdentityHashMap<>();

    private SavedNames() {}

    static SavedNames of(Block module) {
        SavedNames result = new SavedNames();
        BlockParameters.of(module).forEach((path, parameter) -> result.names.put(parameter, path));
        return result;
    }

    String suffix(String joined, Parameter parameter) {
        String name = names.get(parameter);
        return name == null ? joined : name;
    }
}
