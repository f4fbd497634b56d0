/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.nn.Parameter;
import java.util.Map;

/**
 * The parameters that a host lists for DJL, by their names. While one adapter takes over another's
 * name, the parameters of both are listed.
 */
public final class ListedParameters {
    private final Map<String, Parameter> byName;

    /** Lists in a block's own map. */
    public ListedParameters(Map<String, Parameter> byName) {
        this.byName = byName;
    }

    public void add(Parameter parameter) {
        String name = parameter.getName();
        String key = name;
        for (int i = 2; byName.containsKey(key); i++) {
            key = name + "#" + i;
        }
        byName.put(key, parameter);
    }

    public void remove(Parameter parameter) {
        byName.values().removeIf(listed -> listed == parameter);
        String name = parameter.getName();
        if (!byName.containsKey(name)) {
            byName.keySet().stream()
                    .filter(key -> key.startsWith(name + "#"))
                    .findFirst()
                    .ifPresent(key -> byName.put(name, byName.remove(key)));
        }
    }
}
