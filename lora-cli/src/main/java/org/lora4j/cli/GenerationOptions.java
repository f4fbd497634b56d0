/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lora4j.generate.GenerationConfig;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** How a text goes on. */
final class GenerationOptions {
    /** What the library calls the options. */
    private static final Map<String, String> NAMES =
            Map.of(
                    "maxNewTokens", "--max-new-tokens",
                    "temperature", "--temperature",
                    "topK", "--top-k",
                    "topP", "--top-p",
                    "repetitionPenalty", "--repetition-penalty",
                    "stopStrings", "--stop");

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "60",
            description = "The most tokens to generate.")
    private int maxNewTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0",
            description = "0 takes the best token always; 1 draws from what the model says.")
    private double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Draw from the fewest tokens that have this probability together.")
    private double topP;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "Draw from the K best tokens only; 0 for all.")
    private int topK;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            defaultValue = "1",
            description =
                    "Above 1, tokens of the prompt and of the text so far become less likely.")
    private double repetitionPenalty;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            showDefaultValue = Visibility.NEVER,
            description = "End before this text; may be given several times.")
    private List<String> stops = new ArrayList<>();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "The same seed draws the same text.")
    private long seed;

    /**
     * Returns the configuration.
     *
     * @throws IllegalArgumentException if a value is out of its range; the message names the option
     */
    GenerationConfig config() {
        try {
            return GenerationConfig.builder()
                    .optMaxNewTokens(maxNewTokens)
                    .optTemperature(temperature)
                    .optTopK(topK)
                    .optTopP(topP)
                    .optRepetitionPenalty(repetitionPenalty)
                    .optStopStrings(stops.toArray(String[]::new))
                    .optSeed(seed)
                    .build();
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            String name = message.substring(0, Math.max(0, message.indexOf(' ')));
            throw new IllegalArgumentException(
                    NAMES.getOrDefault(name, name) + message.substring(name.length()), e);
        }
    }
}
