/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.Sha256;

/**
 * What the result of a training depends on besides its state: values, and files, each under a name
 * that a message can use. A checkpoint keeps the values and the SHA-256 of the files, and a
 * training goes on from it only where they are the same. Immutable.
 */
public final class TrainingIdentity {
    private static final TrainingIdentity NONE = new TrainingIdentity(Map.of());

    private final Map<String, Part> parts;

    private TrainingIdentity(Map<String, Part> parts) {
        this.parts = parts;
    }

    private record Part(String value, @Nullable Path file) {}

    /** Returns an identity that says nothing. */
    public static TrainingIdentity none() {
        return NONE;
    }

    /**
     * Adds a value.
     *
     * @param name what it is, such as "learning rate"; one that is there already is replaced
     * @param value its text, the same whenever it has the same effect
     */
    public TrainingIdentity with(String name, String value) {
        return with(name, new Part(value, null));
    }

    /**
     * Adds a file, which counts by its content and not by its place.
     *
     * @param name what it is, such as "base model.safetensors"
     * @param file where it is
     */
    public TrainingIdentity withFile(String name, Path file) {
        return with(name, new Part("", file));
    }

    /**
     * Adds what another identity says.
     *
     * @param prefix what its names begin with here, such as "training data"; may be empty
     */
    public TrainingIdentity withAll(String prefix, TrainingIdentity other) {
        Map<String, Part> all = new LinkedHashMap<>(parts);
        other.parts.forEach((name, part) -> all.put((prefix + " " + name).strip(), part));
        return new TrainingIdentity(all);
    }

    private TrainingIdentity with(String name, Part part) {
        Map<String, Part> all = new LinkedHashMap<>(parts);
        all.put(name, part);
        return new TrainingIdentity(all);
    }

    /** Returns whether it says nothing. */
    public boolean isEmpty() {
        return parts.isEmpty();
    }

    /**
     * Reads the files.
     *
     * @return the values by name; of a file {@code SHA-256} and its hash
     * @throws IOException if a file cannot be read
     */
    public Map<String, String> resolve() throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        for (Map.Entry<String, Part> entry : parts.entrySet()) {
            Path file = entry.getValue().file();
            values.put(
                    entry.getKey(),
                    file == null ? entry.getValue().value() : "SHA-256 " + Sha256.of(file));
        }
        return Collections.unmodifiableMap(values);
    }

    /** Returns the names in order. */
    @Override
    public String toString() {
        return String.join(", ", parts.keySet());
    }
}
