/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a script's input is of a batch of texts. */
enum ScriptInput {
    IDS,
    MASK,
    TYPES;

    private static final int MOST = values().length;

    /** What a trace calls an input whose name the code below has for something else. */
    private static final String UNNAMED = "input(\\.\\d+)?";

    /**
     * Tells a script's inputs by their names as Hugging Face's models have them or, where no name
     * says anything, by their order: ids, mask, types.
     *
     * @param names the names of the inputs
     * @param script where they are from
     * @throws IOException if the inputs are not those of a model of texts
     */
    static List<ScriptInput> of(List<String> names, Path script) throws IOException {
        List<ScriptInput> found = new ArrayList<>();
        for (String name : names) {
            ScriptInput input = byName(name);
            if (input == null && name.matches(UNNAMED) && found.size() < MOST) {
                input = values()[found.size()];
            }
            if (input == null || found.contains(input)) {
                break; // what follows has a default, or libtorch says what is missing
            }
            found.add(input);
        }
        if (found.contains(IDS)) {
            return found;
        }
        if (found.isEmpty() && !names.isEmpty() && names.size() <= MOST) {
            return List.of(values()).subList(0, names.size());
        }
        throw new IOException(
                ("%s: its inputs are %s; expected token ids, or ids, attention mask and token types"
                                + " in this order, such as input_ids, attention_mask,"
                                + " token_type_ids")
                        .formatted(script, names));
    }

    private static @Nullable ScriptInput byName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.contains("mask")) {
            return MASK;
        }
        if (lower.contains("type") || lower.contains("segment")) {
            return TYPES;
        }
        return lower.startsWith("input_ids") || lower.startsWith("token") || lower.equals("ids")
                ? IDS
                : null;
    }
}
