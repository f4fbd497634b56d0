/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.lora4j.core.ModulePath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of tensors of a checkpoint that the model does not read though it reads others in the same
 * module or beside it: the configuration then leaves out what was trained, such as a bias. Heads of
 * other tasks, which are modules of their own, are only mentioned.
 */
final class UnusedTensors {
    private static final Logger logger = LoggerFactory.getLogger(UnusedTensors.class);
    private static final int SHOWN = 10;

    /** Buffers that older versions of transformers saved; their values follow from the config. */
    private static final Pattern BUFFERS =
            Pattern.compile(
                    ".*(?:position_ids|token_type_ids|inv_freq|attn\\.bias|attn\\.masked_bias"
                            + "|attention\\.bias|attention\\.masked_bias)");

    private UnusedTensors() {}

    /** Warns of the tensors, the first ten by name, and mentions heads of other tasks. */
    static void tell(Path source, Set<String> all, Set<String> used) {
        Set<String> heads = heads(all, used);
        if (!heads.isEmpty()) {
            logger.info("{}: not used, as heads of other tasks: {}", source, heads);
        }
        List<String> found = find(all, used);
        if (!found.isEmpty()) {
            logger.warn(
                    "{}: {} tensors are not used, as its config.json describes a model without"
                            + " them: {}{}",
                    source,
                    found.size(),
                    String.join(", ", found.subList(0, Math.min(SHOWN, found.size()))),
                    found.size() > SHOWN ? ", ..." : "");
        }
    }

    /** Returns the modules at the top of which nothing is used. */
    static Set<String> heads(Set<String> all, Set<String> used) {
        Set<String> heads = new TreeSet<>();
        all.forEach(name -> heads.add(top(name)));
        used.forEach(name -> heads.remove(top(name)));
        return heads;
    }

    private static String top(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    /** Returns the tensors that are not used, in modules or beside modules that are. */
    static List<String> find(Set<String> all, Set<String> used) {
        Set<String> modules = new HashSet<>();
        for (String name : used) {
            for (String path = ModulePath.parent(name);
                    !path.isEmpty();
                    path = ModulePath.parent(path)) {
                modules.add(path);
            }
        }
        List<String> found = new ArrayList<>();
        for (String name : all) {
            String module = ModulePath.parent(name);
            String parent = ModulePath.parent(module);
            boolean near = modules.contains(module) || modules.contains(parent);
            // the whole model's own prefix says nothing: a pooler lies beside the encoder
            boolean inside = parent.contains(".") || modules.contains(module);
            if (near && inside && !used.contains(name) && !BUFFERS.matcher(name).matches()) {
                found.add(name);
            }
        }
        return found;
    }
}
