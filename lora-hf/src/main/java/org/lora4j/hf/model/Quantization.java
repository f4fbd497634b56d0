/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.ModulePath;

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
 *     beginning of a path up to a dot, as a name or regular expression, or the end of a path; one
 *     that matches no layer of the model is an error when it is loaded
 * @param whole modules that train whole, named in the same way, which stay so where the model has
 *     them
 */
public record Quantization(
        Format format, boolean doubleQuantized, List<String> skipped, List<String> whole) {
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
     * Copies the lists.
     *
     * @throws IllegalArgumentException if an entry is empty or no regular expression
     */
    public Quantization {
        skipped = List.copyOf(skipped);
        whole = List.copyOf(whole);
        skipped.forEach(Quantization::prefix);
        whole.forEach(Quantization::prefix);
    }

    /** Returns 4 bits in NF4 with double quantisation, 4.127 bits a number. */
    public static Quantization nf4() {
        return new Quantization(Format.NF4, true, List.of(), List.of());
    }

    /** Returns 8 bits. */
    public static Quantization int8() {
        return new Quantization(Format.INT8, false, List.of(), List.of());
    }

    /**
     * Returns these settings with or without scales in 8 bits; without, a number takes 4.5 bits.
     *
     * @param value whether the scales of NF4 are in 8 bits
     */
    public Quantization withDoubleQuantization(boolean value) {
        return new Quantization(format, value, skipped, whole);
    }

    /**
     * Returns these settings with more layers that stay in the precision of the model.
     *
     * @param layers names, beginnings or ends of paths
     */
    public Quantization withSkipped(List<String> layers) {
        List<String> all = new ArrayList<>(skipped);
        all.addAll(layers);
        return new Quantization(format, doubleQuantized, all, whole);
    }

    /**
     * Returns these settings with more modules that stay in the precision of the model because they
     * train whole, where the model has them.
     *
     * @param modules names, beginnings or ends of paths
     */
    public Quantization withWhole(List<String> modules) {
        List<String> all = new ArrayList<>(whole);
        all.addAll(modules);
        return new Quantization(format, doubleQuantized, skipped, all);
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
        return keeps(path) || whole.stream().anyMatch(entry -> isOf(entry, path));
    }

    /** Returns whether a layer was named as one that stays in the precision of the model. */
    boolean keeps(String path) {
        return skipped.stream().anyMatch(entry -> isOf(entry, path));
    }

    /**
     * Checks that each of {@link #skipped} names a layer.
     *
     * @param modules the paths of a model's modules
     * @param linear those of its linear layers that are packed otherwise
     * @throws IllegalArgumentException with the names that match none, and those that there are
     */
    public void requireMatched(Collection<String> modules, Collection<String> linear) {
        List<String> idle =
                skipped.stream()
                        .filter(entry -> modules.stream().noneMatch(path -> isOf(entry, path)))
                        .toList();
        if (!idle.isEmpty()) {
            throw new IllegalArgumentException(
                    "layers to keep in full precision: %s is no layer of this model; expected some of %s"
                            .formatted(
                                    String.join(", ", idle),
                                    linear.stream()
                                            .map(ModulePath::lastSegment)
                                            .distinct()
                                            .sorted()
                                            .collect(Collectors.joining(", "))));
        }
    }

    private static boolean isOf(String entry, String path) {
        return path.endsWith(entry) || prefix(entry).matcher(path).lookingAt();
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
