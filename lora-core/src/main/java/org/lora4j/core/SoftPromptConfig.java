/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.Arrays;
import java.util.List;

/**
 * A soft prompt: trained vectors that stand before the tokens of every text, as if they were the
 * vectors of so many more tokens. Prompt tuning (Lester et al. 2021, arXiv:2104.08691) trains the
 * vectors themselves; P-tuning (Liu et al. 2021, arXiv:2103.10385) trains a small network that
 * gives them, of which the vectors alone are saved. The fields follow PEFT's PromptTuningConfig and
 * PromptEncoderConfig. Immutable.
 *
 * @param virtualTokens how many vectors there are, at least 1
 * @param source where they come from
 * @param modulesToSave names of modules that train whole and are saved whole
 * @param seed the seed of what is drawn
 */
public record SoftPromptConfig(
        int virtualTokens, Source source, List<String> modulesToSave, long seed)
        implements AdapterConfig {
    /** Where the vectors of a prompt come from. */
    public sealed interface Source permits Random, SampledVocabulary, Text, Encoder {}

    /** Vectors that begin with numbers of N(0, 1). */
    public record Random() implements Source {}

    /** Vectors that begin as those of tokens that are drawn from the vocabulary. */
    public record SampledVocabulary() implements Source {}

    /**
     * Vectors that begin as those of a text's tokens, which are repeated or cut to the number of
     * virtual ones.
     *
     * @param text the text
     * @param ids its tokens, with those that a tokenizer adds; empty until a model's tokenizer was
     *     asked
     */
    public record Text(String text, List<Integer> ids) implements Source {
        /**
         * Copies the ids.
         *
         * @throws IllegalArgumentException if the text is empty
         */
        public Text {
            ids = List.copyOf(ids);
            if (text.isEmpty()) {
                throw new IllegalArgumentException("a prompt's text is empty; expected some words");
            }
        }
    }

    /** The network of an {@link Encoder}. */
    public enum Network {
        /** Three linear layers with ReLU between them. */
        MLP,
        /** A bidirectional LSTM, then two linear layers with ReLU between them. */
        LSTM
    }

    /**
     * Vectors that a trained network gives: P-tuning.
     *
     * @param network the network
     * @param hiddenSize its width; 0 for that of the model
     * @param layers the layers of an LSTM, 2 by default; an MLP has three linear layers always
     * @param dropout the dropout between the layers of an LSTM in training, in [0, 1); an MLP has
     *     none
     */
    public record Encoder(Network network, int hiddenSize, int layers, double dropout)
            implements Source {
        /** PEFT's number of layers. */
        public static final int DEFAULT_LAYERS = 2;

        /**
         * An encoder without dropout.
         *
         * @param network the network
         * @param hiddenSize its width; 0 for that of the model
         * @param layers the layers of an LSTM
         */
        public Encoder(Network network, int hiddenSize, int layers) {
            this(network, hiddenSize, layers, 0);
        }

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if the width is negative, there is no layer, the dropout
         *     lies outside [0, 1), or an MLP is to have another number of layers, or dropout
         */
        public Encoder {
            if (hiddenSize < 0 || layers < 1) {
                throw new IllegalArgumentException(
                        "a prompt encoder of width %d with %d layers; expected at least 1 of both"
                                .formatted(hiddenSize, layers));
            }
            if (!(dropout >= 0 && dropout < (network == Network.MLP ? Double.MIN_VALUE : 1))) {
                throw new IllegalArgumentException(
                        "a prompt encoder with dropout %s; expected one in [0, 1) of an LSTM, and 0 of an MLP"
                                .formatted(dropout));
            }
            if (network == Network.MLP && layers != DEFAULT_LAYERS) {
                throw new IllegalArgumentException(
                        ("a prompt encoder of %d layers: an MLP has three linear layers always;"
                                        + " leave the number out, or choose an LSTM")
                                .formatted(layers));
            }
        }
    }

    /**
     * Copies the list and checks the values.
     *
     * @throws IllegalArgumentException if there is no virtual token or a name is empty
     */
    public SoftPromptConfig {
        if (virtualTokens < 1) {
            throw new IllegalArgumentException(
                    "a prompt has at least 1 virtual token, found " + virtualTokens);
        }
        modulesToSave = List.copyOf(modulesToSave);
        TargetModules.checkNotEmpty("modules to save", modulesToSave);
    }

    /**
     * Returns a prompt for prompt tuning that begins with random numbers.
     *
     * @param virtualTokens how many vectors it has
     */
    public static SoftPromptConfig random(int virtualTokens) {
        return new SoftPromptConfig(virtualTokens, new Random(), List.of(), 0);
    }

    /**
     * Returns a prompt for prompt tuning that begins as the vectors of a text.
     *
     * @param virtualTokens how many vectors it has
     * @param text the text
     */
    public static SoftPromptConfig text(int virtualTokens, String text) {
        return new SoftPromptConfig(virtualTokens, new Text(text, List.of()), List.of(), 0);
    }

    /**
     * Returns a prompt for P-tuning.
     *
     * @param virtualTokens how many vectors it has
     * @param network the network that gives them, as wide as the model
     */
    public static SoftPromptConfig encoded(int virtualTokens, Network network) {
        return new SoftPromptConfig(
                virtualTokens, new Encoder(network, 0, Encoder.DEFAULT_LAYERS), List.of(), 0);
    }

    /**
     * Returns a configuration with another seed.
     *
     * @param value the seed of what is drawn
     */
    public SoftPromptConfig withSeed(long value) {
        return new SoftPromptConfig(virtualTokens, source, modulesToSave, value);
    }

    /**
     * Returns a configuration with vectors from elsewhere.
     *
     * @param value where they come from
     */
    public SoftPromptConfig withSource(Source value) {
        return new SoftPromptConfig(virtualTokens, value, modulesToSave, seed);
    }

    /**
     * Returns a configuration with modules that train whole.
     *
     * @param names as for {@link LoraConfigBuilder#optModulesToSave(String...)}
     */
    public SoftPromptConfig withModulesToSave(String... names) {
        return new SoftPromptConfig(virtualTokens, source, Arrays.asList(names), seed);
    }

    @Override
    public String peftType() {
        return source instanceof Encoder ? "P_TUNING" : "PROMPT_TUNING";
    }

    /** Returns no selection: a prompt changes no module. */
    @Override
    public TargetModules targets() {
        return TargetModules.unset();
    }

    @Override
    public boolean selectsModules() {
        return false;
    }

    @Override
    public SoftPromptConfig selecting(TargetModules targets, List<String> whole) {
        return new SoftPromptConfig(virtualTokens, source, whole, seed);
    }
}
