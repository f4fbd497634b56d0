/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The forms of A and B on kinds of layers that have several. Immutable.
 *
 * @param convolution the form on convolutions
 * @param enableLora for fused linear layers whose name matches a key (as for rank patterns; the
 *     first match in the map's order wins), which of their equal slices are corrected: loralib's
 *     MergedLinear
 */
public record LayerForms(ConvForm convolution, Map<String, List<Boolean>> enableLora) {
    private static final String WHAT = "enable LoRA";

    /** PEFT's form everywhere, no layer in slices. */
    public static final LayerForms PEFT = new LayerForms(ConvForm.PEFT, Map.of());

    /**
     * Copies the map and checks it.
     *
     * @throws IllegalArgumentException if a key is empty or a broken pattern, or if flags enable
     *     nothing
     */
    public LayerForms {
        Map<String, List<Boolean>> copy = new LinkedHashMap<>();
        enableLora.forEach(
                (key, flags) -> {
                    PatternKey.check(WHAT, key);
                    copy.put(key, List.copyOf(flags));
                    if (!flags.contains(true)) {
                        throw new IllegalArgumentException(
                                ("%s \"%s\": %s enables no slice, so nothing would train; expected"
                                                + " one flag for each equal slice of the layer, at"
                                                + " least one of them true")
                                        .formatted(WHAT, key, flags));
                    }
                });
        enableLora = Collections.unmodifiableMap(copy);
    }

    /**
     * Returns which slices of one module are corrected.
     *
     * @param path the module's path
     * @return a flag for each slice, or none where the module is adapted as a whole
     * @throws IllegalArgumentException if matching a pattern takes too many steps
     */
    public List<Boolean> enableLoraFor(String path) {
        return PatternKey.lookUp(WHAT, enableLora, path, List.of());
    }

    LayerForms with(ConvForm value) {
        return new LayerForms(value, enableLora);
    }

    LayerForms with(String pattern, boolean... flags) {
        List<Boolean> list = new ArrayList<>();
        for (boolean flag : flags) {
            list.add(flag);
        }
        Map<String, List<Boolean>> more = new LinkedHashMap<>(enableLora);
        more.put(pattern, list);
        return new LayerForms(convolution, more);
    }
}
