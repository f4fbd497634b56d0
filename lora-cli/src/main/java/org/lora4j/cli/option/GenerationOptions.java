/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.GenerationConfigBuilder;
import org.lora4j.hf.LoraModel;
import picocli.CommandLine.Option;

/** How a text is generated. */
public final class GenerationOptions {
    /** The options that only language models have. */
    public static final List<String> OPTIONS =
            List.of(
                    "--max-new-tokens",
                    "--temperature",
                    "--top-p",
                    "--top-k",
                    "--repetition-penalty",
                    "--stop",
                    "--stop-token",
                    "--seed");

    /** The options by the names that the library's messages use. */
    private static final Map<String, String> NAMES =
            Map.of(
                    "maxNewTokens", "--max-new-tokens",
                    "temperature", "--temperature",
                    "topK", "--top-k",
                    "topP", "--top-p",
                    "repetitionPenalty", "--repetition-penalty",
                    "stopStrings", "--stop",
                    "stopTokens", "--stop-token");

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            description = "The most tokens to generate. Default: generation_config.json's, or 60.")
    private @Nullable Integer maxNewTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description =
                    "0 always takes the best token; 1 draws from the model's own probabilities."
                            + " Default: generation_config.json's if it has do_sample, or 0.")
    private @Nullable Double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description =
                    "Draw from the fewest tokens whose probabilities add up to this. Default:"
                            + " generation_config.json's, or 1.")
    private @Nullable Double topP;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description =
                    "Draw from the K best tokens only; 0 draws from all of the tokens."
                            + " Default: generation_config.json's, or 0 (50 if it has do_sample).")
    private @Nullable Integer topK;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            description =
                    "Above 1, tokens of the prompt and of the text so far become less likely."
                            + " Default: generation_config.json's, or 1.")
    private @Nullable Double repetitionPenalty;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description =
                    "End before this text, or at this special token; may be given several times.")
    private String @Nullable [] stops;

    @Option(
            names = "--stop-token",
            paramLabel = "TOKEN",
            description =
                    "End at this token, by its id or else by its name in tokenizer.json; may be"
                            + " given several times.")
    private @Nullable List<String> stopTokens;

    @Option(names = "--seed", paramLabel = "N", description = "The same seed draws the same text.")
    private long seed = 0;

    /**
     * Returns the configuration.
     *
     * @throws IllegalArgumentException if a value is out of range; the message names the option
     */
    public GenerationConfig config() {
        GenerationConfigBuilder config = GenerationConfig.builder().optSeed(seed);
        try {
            ifGiven(maxNewTokens, config::optMaxNewTokens);
            ifGiven(temperature, config::optTemperature);
            ifGiven(topK, config::optTopK);
            ifGiven(topP, config::optTopP);
            ifGiven(repetitionPenalty, config::optRepetitionPenalty);
            ifGiven(stops, config::optStopStrings);
            return config.build();
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            String name = message.substring(0, Math.max(0, message.indexOf(' ')));
            throw new IllegalArgumentException(
                    NAMES.getOrDefault(name, name) + message.substring(name.length()), e);
        }
    }

    private static <T> void ifGiven(@Nullable T value, Consumer<T> setter) {
        if (value != null) {
            setter.accept(value);
        }
    }

    /**
     * Returns a configuration that also ends at the tokens of --stop-token.
     *
     * @throws IllegalArgumentException if the model has no such token
     */
    public GenerationConfig withStopTokens(GenerationConfig config, LoraModel model) {
        if (stopTokens == null) {
            return config;
        }
        Set<Integer> ids = new TreeSet<>();
        stopTokens.forEach(token -> ids.add(id(token, model)));
        return config.toBuilder().optStopTokens(ids).build();
    }

    private static int id(String token, LoraModel model) {
        OptionalInt named = model.tokenizer().tokenId(token);
        if (!token.matches("[0-9]{1,9}")) {
            return named.orElseThrow(
                    () ->
                            new IllegalArgumentException(
                                    ("--stop-token %s: tokenizer.json has no such token; expected"
                                         + " an id, or a token as that file spells it, such as"
                                         + " </s>. --stop ends at any text")
                                            .formatted(token)));
        }
        int words = model.languageModel().vocabularySize();
        if (Integer.parseInt(token) >= words) {
            throw new IllegalArgumentException(
                    "--stop-token %s: the model has %d tokens; expected an id below that"
                            .formatted(token, words));
        }
        return Integer.parseInt(token);
    }
}
