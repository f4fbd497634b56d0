/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.util.List;
import org.lora4j.generate.score.ScoreRule;
import org.lora4j.generate.score.TextLength;

/**
 * How texts of a model go on, once what the caller sets and what the model's own files say are put
 * together.
 *
 * @param length how long a text may become
 * @param rules what changes the scores first, in order
 * @param temperature what the scores are divided by then; 0 takes the best token always, and what
 *     follows has no effect
 * @param topK how many of the best tokens may be drawn; 0 for all
 * @param topP the probability that the tokens which may be drawn have together; 1 for all
 * @param minP the least probability of a token that may be drawn, as a share of the best one's
 * @param stopStrings texts that end the generation
 * @param seed what tokens are drawn from
 */
record GenerationSettings(
        TextLength length,
        List<ScoreRule> rules,
        double temperature,
        int topK,
        double topP,
        double minP,
        List<String> stopStrings,
        long seed) {
    GenerationSettings {
        rules = List.copyOf(rules);
        stopStrings = List.copyOf(stopStrings);
    }

    boolean isGreedy() {
        return temperature == 0;
    }

    /** Whether the best of the model's own scores is the next token always. */
    boolean takesTheBest() {
        return isGreedy() && rules.isEmpty();
    }
}
