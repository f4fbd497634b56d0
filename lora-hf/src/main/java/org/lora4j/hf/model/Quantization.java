/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * In how few bits a base's linear layers are held, as transformers does it with bitsandbytes.
 *
 * <p>All linear layers of the encoder or decoder are packed, one after the other while the
 * checkpoint is read. Embeddings, normalisations, biases, the vocabulary projection, poolers and
 * classifiers' heads stay in the precision of the model. Immutable.
 *
 * @param format how a weight is packed
 * @param doubleQuantized whether the scales of NF4 are in 8 bits
 * @param skipped layers that stay in the precision of the model, as in llm_int8_skip_modules: the
 *     beginning of a path up to a dot, as a name or regular expression, or the end of a path
 */
public record Quantization(Format format, boolean doubleQuantized, List<String> skipped) {
    private static final String BNB = "bitsandbytes";

    /** How a weight is packed. */
    public enum Format {
        /** 4 bits with a scale for each 64 numbers (Dettmers et al. 2023, arXiv:2305.14314). */
        NF4,
        /**
         * 8 bits with a scale for each row: the vector-wise form of LLM.int8() (Dettmers et al.
         * 2022, arXiv:2208.07339) without its decomposition of outliers. Activations are not
         * quantised.
         */
        INT8
    }

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if an entry is empty or no regular expression
     */
    public Quantization {
        skipped = List.copyOf(skipped);
        for (String entry : skipped) {
            prefix(entry);
        }
    }

    /** Returns 4 bits in NF4 with double quantisation, 4.127 bits a number. */
    public static Quantization nf4() {
        return new Quantization(Format.NF4, true, List.of());
    }

    /** Returns 8 bits. */
    public static Quantization int8() {
        return new Quantization(Format.INT8, false, List.of());
    }

    /**
     * Returns these settings with or without scales in 8 bits; without, a number takes 4.5 bits.
     *
     * @param value whether the scales of NF4 are in 8 bits
     */
    public Quantization withDoubleQuantization(boolean value) {
        return new Quantization(format, value, skipped);
    }

    /**
     * Returns these settings with more layers that stay in the precision of the model, such as
     * those that are to train whole.
     *
     * @param layers names, beginnings or ends of paths
     */
    public Quantization withSkipped(List<String> layers) {
        List<String> all = new ArrayList<>(skipped);
        all.addAll(layers);
        return new Quantization(format, doubleQuantized, all);
    }

    /**
     * Returns how bitsandbytes has quantised a model, as its config.json says.
     *
     * @param config the model's configuration
     * @return null if it says nothing, or names another method than bitsandbytes
     * @throws IOException if it is in fp4
     */
    public static @Nullable Quantization declared(ModelConfig config) throws IOException {
        ModelConfig section = config.section("quantization_config");
        if (section == null || !section.string("quant_method", BNB).equals(BNB)) {
            return null;
        }
        if (section.flag("load_in_8bit", false)) {
            return int8();
        }
        if (!section.flag("load_in_4bit", false)) {
            return null;
        }
        String type = section.string("bnb_4bit_quant_type", "fp4");
        if (!type.equals("nf4")) {
            throw ModelConfig.invalid(
                    "bnb_4bit_quant_type is %s, which is not supported; expected nf4. Quantise the"
                            + " model with bnb_4bit_quant_type=\"nf4\", or load it in full"
                            + " precision",
                    type);
        }
        return nf4().withDoubleQuantization(section.flag("bnb_4bit_use_double_quant", false));
    }

    /** Returns whether a layer stays in the precision of the model. */
    public boolean skips(String path) {
        return skipped.stream()
                .anyMatch(entry -> path.endsWith(entry) || prefix(entry).matcher(path).lookingAt());
    }

    private static Pattern prefix(String entry) {
        if (entry.isBlank()) {
            throw new IllegalArgumentException("a layer to skip is empty; expected its name");
        }
        try {
            return Pattern.compile("(?:" + entry + ")(?:(?<=\\.)|(?=\\.|$))");
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "the layer to skip '%s' is neither a name nor a regular expression: %s"
                            .formatted(entry, e.getDescription()),
                    e);
        }
    }
}
