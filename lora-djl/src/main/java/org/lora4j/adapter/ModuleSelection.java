/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import java.util.List;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.TargetModules;
import org.lora4j.json.PythonJson;

/** Which modules are meant; PEFT keeps names as a set, so they are sorted. */
record ModuleSelection(TargetModules.Kind kind, List<String> names) {
    static ModuleSelection targets(TargetModules targets) {
        return new ModuleSelection(targets.kind(), targets.names());
    }

    /** Beside parameters no modules are an empty list: where there is none, PEFT has a default. */
    static ModuleSelection targets(LoraConfig config) {
        return config.targetParameters().isEmpty()
                        || config.targets().kind() != TargetModules.Kind.UNSET
                ? targets(config.targets())
                : new ModuleSelection(TargetModules.Kind.NAMES, List.of());
    }

    static ModuleSelection excluded(TargetModules targets) {
        return new ModuleSelection(targets.excludeKind(), targets.exclude());
    }

    JsonElement json() {
        return switch (kind) {
            case UNSET -> JsonNull.INSTANCE;
            case NAMES ->
                    PythonJson.array(
                            names.stream().distinct().sorted(PythonJson.KEY_ORDER).toList());
            case REGEX -> new JsonPrimitive(names.get(0));
            case ALL_LINEAR -> new JsonPrimitive(TargetModules.ALL_LINEAR);
            case ALL_LAYERS -> new JsonPrimitive(TargetModules.ALL_LAYERS);
        };
    }
}
