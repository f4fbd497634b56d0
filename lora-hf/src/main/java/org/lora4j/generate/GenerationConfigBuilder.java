/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects the values of a {@link GenerationConfig}; {@link #build} checks them. Not safe for use
 * by several threads at once.
 */
public final class GenerationConfigBuilder {
    private @Nullable Integer maxNewTokens;
    private @Nullable Double temperature;
    private @Nullable Integer topK;
    private @Nullable Double topP;
    private @Nullable Double repetitionPenalty;
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
     * @param value at least 1; by default what the model's generation_config.json says, else 60
     * @return this
     */
    public GenerationConfigBuilder optMaxNewTokens(int value) {
        maxNewTokens = value;
        return this;
    }

    /**
     * Sets what scores are divided by before a token is drawn.
     *
     * @param value at least 0; 0 takes the best token always. By default what the model's
     *     generation_config.json says where it has do_sample, else 0
     * @return this
     */
    public GenerationConfigBuilder optTemperature(double value) {
        temperature = value;
        return this;
    }

    /**
     * Draws from the best tokens only.
     *
     * @param value how many; 0 for all. By default what the model's generation_config.json says,
     *     else 50 where that has do_sample, else 0
     * @return this
     */
    public GenerationConfigBuilder optTopK(int value) {
        topK = value;
        return this;
    }

    /**
     * Draws from the smallest set of the best tokens that has this probability.
     *
     * @param value in (0, 1]; 1 for all tokens. By default what the model's generation_config.json
     *     says, else 1
     * @return this
     */
    public GenerationConfigBuilder optTopP(double value) {
        topP = value;
        return this;
    }

    /**
     * Makes tokens of the prompt and of the text so far less likely.
     *
     * @param value more than 0; 1 is no penalty. By default what the model's generation_config.json
     *     says, else 1
     * @return this
     */
    public GenerationConfigBuilder optRepetitionPenalty(double value) {
        repetitionPenalty = value;
        return this;
    }

    /**
     * Sets the texts that end the generation, beside those of the model's generation_config.json. A
     * special token of the tokenizer may be among them.
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
