/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.text.TextTokenizer;

/**
 * What ends a text besides its length.
 *
 * <p>A token ends it if it is one of: eos_token_id, a number or a list, of generation_config.json
 * and of config.json; the tokenizer's end token; the tokens with which the model or its active
 * adapters learnt to end their texts ({@link org.lora4j.hf.LoraModel#learntEndTokens}); the tokens
 * of {@link GenerationConfig#stopTokens}. transformers looks at generation_config.json alone, and
 * at config.json where there is none.
 *
 * <p>A stop string ends it as soon as the text has one whole, wherever the borders of tokens are,
 * and the text is cut before it, as vLLM, llama.cpp and the services do. transformers keeps the
 * stop string: what comes after it in its last token is part of the text there. A stop string that
 * is a special token, which the text leaves out, ends it where the model gives that token.
 *
 * @param endTokens ids that end a text and are not part of it
 * @param stopTokens ids of special tokens that are stop strings
 * @param stopStrings texts that end a text and are not part of it
 */
public record StopRules(Set<Integer> endTokens, Set<Integer> stopTokens, List<String> stopStrings) {
    private static final String KEY = "eos_token_id";

    /** Copies the collections. */
    public StopRules {
        endTokens = Set.copyOf(endTokens);
        stopTokens = Set.copyOf(stopTokens);
        stopStrings = List.copyOf(stopStrings);
    }

    /**
     * The rules of a model and a configuration, without what adapters learnt and what
     * generation_config.json has of stop strings.
     *
     * @param directory the model's directory; its generation_config.json may be absent
     * @param model its config.json
     * @param tokenizer its tokenizer, or null where it has none
     * @param config stopStrings and stopTokens
     * @return the rules
     * @throws IOException if generation_config.json is broken, or an eos_token_id is neither an id
     *     nor a list of ids
     */
    public static StopRules of(
            Path directory,
            ModelConfig model,
            @Nullable TextTokenizer tokenizer,
            GenerationConfig config)
            throws IOException {
        Set<Integer> ends = ends(directory, model, tokenizer);
        ends.addAll(config.stopTokens());
        return new StopRules(ends, special(config.stopStrings(), tokenizer), config.stopStrings());
    }

    /** The tokens that end a text by the files of its model. */
    static Set<Integer> ends(Path directory, ModelConfig model, @Nullable TextTokenizer tokenizer)
            throws IOException {
        Set<Integer> ends = new TreeSet<>(GenerationFile.of(directory, model).ids(KEY));
        ends.addAll(GenerationFile.of(model).ids(KEY));
        if (tokenizer != null) {
            tokenizer.endId().ifPresent(ends::add);
        }
        return ends;
    }

    /** The special tokens among stop strings. */
    static Set<Integer> special(List<String> stopStrings, @Nullable TextTokenizer tokenizer) {
        Set<Integer> tokens = new TreeSet<>();
        if (tokenizer != null && !stopStrings.isEmpty()) {
            for (String stop : stopStrings) {
                tokenizer.kinds().special(stop).ifPresent(tokens::add);
            }
        }
        return tokens;
    }

    /**
     * Whether a token ends a text.
     *
     * @param token an id
     * @return true if the text ends before it
     */
    public boolean ends(int token) {
        return endTokens.contains(token);
    }

    /**
     * Whether a token is a stop string.
     *
     * @param token an id
     * @return true if the text ends before it
     */
    public boolean stops(int token) {
        return stopTokens.contains(token);
    }
}
