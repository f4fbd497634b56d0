/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lora4j.adapter.InvalidAdapterException;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.hf.base.LoadedModel;

/** The adapters among which one of Arrow chooses: PEFT saves them beside it, by their names. */
final class ArrowExperts {
    private ArrowExperts() {}

    /** Returns whether a configuration is Arrow's, which is not trained. */
    static boolean isChoice(AdapterConfig config) {
        return config instanceof LoraConfig lora && lora.variant() instanceof LoraVariant.Arrow;
    }

    /**
     * Stages the experts of an adapter that the model lacks; none for any other adapter.
     *
     * @param present the names of the model's adapters
     * @param file the adapter's configuration
     * @param directory where the adapter is
     * @throws IOException if one is not there, or is not a valid adapter; then none is staged
     */
    static Map<String, AdapterLoader.Staged> stage(
            LoadedModel model, Set<String> present, PeftConfigFile file, Path directory)
            throws IOException {
        Map<String, AdapterLoader.Staged> staged = new LinkedHashMap<>();
        if (!isChoice(file.method())
                || !(file.lora().variant() instanceof LoraVariant.Arrow arrow)) {
            return staged;
        }
        List<String> names = new ArrayList<>(arrow.experts());
        names.addAll(arrow.general());
        try {
            for (String name : names) {
                if (!present.contains(name)) {
                    Path place = place(directory, name);
                    if (!Files.isRegularFile(place.resolve(PeftConfigFile.FILE_NAME))) {
                        throw new InvalidAdapterException(
                                directory.resolve(PeftConfigFile.FILE_NAME),
                                List.of(
                                        ("the adapter chooses among %s, and the model has no"
                                             + " \"%s\"; expected that it was loaded before, or"
                                             + " that it is in %s")
                                                .formatted(names, name, place)));
                    }
                    staged.put(name, AdapterLoader.stage(model, name, place));
                }
            }
            return staged;
        } catch (IOException | RuntimeException e) {
            staged.values().forEach(expert -> expert.adapter().discard());
            throw e;
        }
    }

    private static Path place(Path directory, String name) throws InvalidAdapterException {
        // the name is a file's, and may not lead elsewhere
        if (name.contains("/") || name.contains("\\") || name.equals("..") || name.equals(".")) {
            throw new InvalidAdapterException(
                    directory.resolve(PeftConfigFile.FILE_NAME),
                    List.of(
                            "arrow_config names the adapter \"%s\"; expected a plain name"
                                    .formatted(name)));
        }
        return directory.toAbsolutePath().normalize().resolveSibling(name);
    }
}
