/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.util.List;
import java.util.Set;

/**
 * Collects the values of a {@link GenerationConfig}; {@link #build} checks them. Not safe for use
 * by several threads at once.
 */
public final class GenerationConfigBuilder {
    private int maxNewTokens = 60;
    private double temperature;
    private int topK;
    private double topP = 1;
    private double repetitionPenalty = 1;
    private List<String> stopStrings = List.of();
    private Set<Integer> stopTokens = Set.of();
    private long seed;

    GenerationConfigBuilder() {}

    GenerationConfigBuilder(GenerationConfig config) {
        maxNewTokens = config.maxNewTokens();
        temperature = config.temperature();
        topK = config.topK();
        topP = config.topP();
        repetitionPenalty = config.repetitionPenalty();
        stopStrings = config.stopStrings();
        stopTokens = config.stopTokens();
        seed = config.seed();
    }

    /**
     * Sets the most tokens to generate.
     *
     * @param value at least 1; 60 by default
     * @return this
     */
    public GenerationConfigBuilder optMaxNewTokens(int value) {
        maxNewTokens = value;
        return this;
    }

    /**
     * Sets what scores are divided by before a token is drawn.
     *
     * @param value at least 0; 0, the best token always, by default
     * @return this
     */
    public GenerationConfigBuilder optTemperature(double value) {
        temperature = value;
        return this;
    }

    /**
     * Draws from the best tokens only.
     *
     * @param value how many; 0, all of them, by default
     * @return this
     */
    public GenerationConfigBuilder optTopK(int value) {
        topK = value;
        return this;
    }

    /**
     * Draws from the smallest set of the best tokens that has this probability.
     *
     * @param value in (0, 1]; 1, all tokens, by default
     * @return this
     */
    public GenerationConfigBuilder optTopP(double value) {
        topP = value;
        return this;
    }

    /**
     * Makes tokens of the prompt and of the text so far less likely.
     *
     * @param value more than 0; 1, no penalty, by default
     * @return this
     */
    public GenerationConfigBuilder optRepetitionPenalty(double value) {
        repetitionPenalty = value;
        return this;
    }

    /**
     * Sets the texts that end the generation.
     *
     * @param values none of them empty; none by default
     * @return this
     */
    public GenerationConfigBuilder optStopStrings(String... values) {
        stopStrings = List.of(values);
        return this;
    }

    /**
     * Sets the ids that end the generation, beside those that the model names itself.
     *
     * @param values at least 0; none by default
     * @return this
     */
    public GenerationConfigBuilder optStopTokens(Set<Integer> values) {
        stopTokens = Set.copyOf(values);
        return this;
    }

    /**
     * Sets what tokens are drawn from.
     *
     * @param value any number; 0 by default
     * @return this
     */
    public GenerationConfigBuilder optSeed(long value) {
        seed = value;
        return this;
    }

    /**
     * Checks the values.
     *
     * @return the configuration
     * @throws IllegalArgumentException if a value is out of its range; the message names it
     */
    public GenerationConfig build() {
        return new GenerationConfig(
                maxNewTokens,
                temperature,
                topK,
                topP,
                repetitionPenalty,
                stopStrings,
                stopTokens,
                seed);
    }
}
