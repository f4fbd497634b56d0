/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.script;

import java.util.List;
import org.lora4j.torchscript.ScriptModule;

/**
 * The module that a Hugging Face model was wrapped in before it was traced, whose name is no part
 * of the model's own paths.
 */
final class ScriptWrapper {
    private static final String TRANSFORMERS = "__torch__.transformers.";

    private ScriptWrapper() {}

    /**
     * Returns the path of the Hugging Face model in the script, with a dot at its end: empty if it
     * is the root, if there is none, or if the wrapper has weights beside it.
     */
    static String of(List<ScriptModule> modules) {
        String inner = null;
        for (ScriptModule module : modules) {
            if (module.type().startsWith(TRANSFORMERS)) {
                inner = module.path();
                break;
            }
        }
        if (inner == null || inner.isEmpty()) {
            return "";
        }
        String prefix = inner + ".";
        for (ScriptModule module : modules) {
            boolean inside = (module.path() + ".").startsWith(prefix);
            if (!inside && !module.parameters().isEmpty()) {
                return "";
            }
        }
        return prefix;
    }

    /** Returns a path below the model. */
    static String strip(String path, String wrapper) {
        if (path.startsWith(wrapper)) {
            return path.substring(wrapper.length());
        }
        return wrapper.startsWith(path + ".") ? "" : path;
    }
}
