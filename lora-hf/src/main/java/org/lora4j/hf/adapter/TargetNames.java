/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.util.List;
import org.lora4j.core.ModulePath;

/** Names for modules in a file, where what was asked for has no name that PEFT would read. */
final class TargetNames {
    private TargetNames() {}

    /**
     * Returns the last names of paths, each once, sorted: "query" for every layer's query. All of
     * the modules that have such a name are adapted, so a name means no more than the paths did.
     */
    static List<String> shortest(List<String> paths) {
        return paths.stream().map(ModulePath::lastSegment).distinct().sorted().toList();
    }
}
