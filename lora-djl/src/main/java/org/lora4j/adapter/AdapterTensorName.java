/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import java.util.Optional;

/**
 * The name of a LoRA matrix in an adapter file, without PEFT's prefix {@value #PREFIX}.
 *
 * @param module the path of the adapted module
 * @param matrix which matrix it is
 */
public record AdapterTensorName(String module, Matrix matrix) {
    /** What PEFT writes before every module path. */
    public static final String PREFIX = "base_model.model.";

    /** The matrices of one adapted module; each ends the tensor's name in its own way. */
    public enum Matrix {
        /** A of a linear or convolution layer, (rank, in, ...). */
        A(".lora_A.weight"),
        /** B of a linear or convolution layer, (out, rank, ...). */
        B(".lora_B.weight"),
        /** A of an embedding, (rank, vocabulary). */
        EMBEDDING_A(".lora_embedding_A"),
        /** B of an embedding, (dimension, rank). */
        EMBEDDING_B(".lora_embedding_B"),
        /** DoRA's magnitudes of any of these layers, (out) or (1, out, 1, ...). */
        MAGNITUDE(".lora_magnitude_vector");

        private final String suffix;

        Matrix(String suffix) {
            this.suffix = suffix;
        }

        /**
         * Returns the other matrix of the product.
         *
         * @return B for A and A for B
         * @throws IllegalStateException of magnitudes, which have none
         */
        public Matrix partner() {
            return switch (this) {
                case A -> B;
                case B -> A;
                case EMBEDDING_A -> EMBEDDING_B;
                case EMBEDDING_B -> EMBEDDING_A;
                case MAGNITUDE -> throw new IllegalStateException("magnitudes have no partner");
            };
        }

        /**
         * Returns which axis has the rank's length.
         *
         * @return 0 for A, 1 for B; of no matter for magnitudes
         */
        public int rankAxis() {
            return this == A || this == EMBEDDING_A ? 0 : 1;
        }
    }

    /**
     * Reads a tensor's name.
     *
     * @param name with or without the prefix
     * @return the parts, or empty if it is no LoRA matrix: a bias, or a weight of a module that was
     *     saved whole
     */
    public static Optional<AdapterTensorName> parse(String name) {
        String plain = stripPrefix(name);
        for (Matrix matrix : Matrix.values()) {
            if (plain.endsWith(matrix.suffix) && plain.length() > matrix.suffix.length()) {
                String module = plain.substring(0, plain.length() - matrix.suffix.length());
                return Optional.of(new AdapterTensorName(module, matrix));
            }
        }
        return Optional.empty();
    }

    /**
     * Returns the name with PEFT's prefix taken off, where it has it.
     *
     * @param name a tensor's name
     * @return the name that begins with the module's own path
     */
    public static String stripPrefix(String name) {
        return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    }

    /** The vectors of a soft prompt, which are below no module. */
    static final String PROMPT = "prompt_embeddings";

    /** What PEFT writes before module paths beside a soft prompt, which wraps no module. */
    static final String PROMPT_PREFIX = "base_model.";

    /**
     * Returns the name that PEFT's files have, with the prefix of module paths.
     *
     * @param name a tensor's name without prefix
     * @param besidePrompt whether the file is that of a soft prompt
     */
    static String inFile(String name, boolean besidePrompt) {
        if (name.equals(PROMPT)) {
            return name;
        }
        return (besidePrompt ? PROMPT_PREFIX : PREFIX) + name;
    }

    /** Returns a name of a file of a soft prompt without its prefix. */
    static String stripPromptPrefix(String name) {
        return name.startsWith(PROMPT_PREFIX) ? name.substring(PROMPT_PREFIX.length()) : name;
    }

    /**
     * Returns the tensor's name.
     *
     * @return such as {@code encoder.layer.0.query.lora_A.weight}
     */
    @Override
    public String toString() {
        return module + matrix.suffix;
    }
}
