/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An adapter's tensors do not fit its configuration or the model; lists every mismatch. */
public final class AdapterMismatchException extends IOException {
    private static final int SHOWN = 10;

    /**
     * One tensor that does not fit.
     *
     * @param name the tensor, which begins with its module's path
     * @param expected what the model or the configuration asks for
     * @param found what the file holds
     */
    public record Mismatch(String name, String expected, String found) implements Serializable {
        @Override
        public String toString() {
            return name + ": expected " + expected + ", found " + found;
        }
    }

    private final List<Mismatch> mismatches;

    private AdapterMismatchException(Path source, List<Mismatch> mismatches) {
        super(message(source, mismatches));
        this.mismatches = List.copyOf(mismatches);
    }

    /**
     * Returns every mismatch, also those that the message leaves out for length.
     *
     * @return in the order in which they were found
     */
    public List<Mismatch> mismatches() {
        return mismatches;
    }

    /**
     * Starts a collection of mismatches.
     *
     * @return an empty builder
     */
    public static Builder builder() {
        return new Builder();
    }

    private static String message(Path source, List<Mismatch> mismatches) {
        StringBuilder text = new StringBuilder();
        text.append(source).append(": ").append(mismatches.size());
        text.append(mismatches.size() == 1 ? " tensor does" : " tensors do").append(" not fit");
        mismatches.stream().limit(SHOWN).forEach(m -> text.append("\n  ").append(m));
        if (mismatches.size() > SHOWN) {
            text.append("\n  and ").append(mismatches.size() - SHOWN).append(" more");
        }
        return text.toString();
    }

    /** Gathers the mismatches of one load, to throw them together. Not thread-safe. */
    public static final class Builder {
        private final List<Mismatch> mismatches = new ArrayList<>();

        private Builder() {}

        /**
         * Adds a tensor that the file lacks.
         *
         * @param name the tensor
         * @param expected the shape that is needed, or null where it is not known
         * @return this builder
         */
        public Builder addMissing(String name, @Nullable Shape expected) {
            return add(name, expected == null ? "a tensor" : expected.toString(), "none");
        }

        /**
         * Adds a tensor that nothing takes.
         *
         * @param name the tensor
         * @param found its shape
         * @param hint why, or what it may have been meant for, such as "no such module; did you
         *     mean ..."
         * @return this builder
         */
        public Builder addUnexpected(String name, Shape found, String hint) {
            return add(name, "no such tensor (" + hint + ")", found.toString());
        }

        /**
         * Adds a tensor of another shape.
         *
         * @param name the tensor
         * @param expected the shape that is needed
         * @param found its shape
         * @return this builder
         */
        public Builder addShape(String name, Shape expected, Shape found) {
            return add(name, expected.toString(), found.toString());
        }

        /**
         * Adds any other mismatch.
         *
         * @param name the tensor
         * @param expected a phrase
         * @param found a phrase
         * @return this builder
         */
        public Builder add(String name, String expected, String found) {
            mismatches.add(new Mismatch(name, expected, found));
            return this;
        }

        /**
         * Returns the mismatches so far.
         *
         * @return a copy
         */
        public List<Mismatch> mismatches() {
            return List.copyOf(mismatches);
        }

        /**
         * Throws if anything was added.
         *
         * @param source the adapter
         * @throws AdapterMismatchException with all mismatches
         */
        public void throwIfAny(Path source) throws AdapterMismatchException {
            if (!mismatches.isEmpty()) {
                throw new AdapterMismatchException(source, mismatches);
            }
        }
    }
}
