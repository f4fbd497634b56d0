/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import com.google.gson.JsonArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.generate.score.ScoreRule;
import org.lora4j.generate.score.TextLength;

/**
 * What a model's own generation_config.json asks for, put together with what a caller sets. Each
 * key that changes what transformers' {@code generate} (5.23.0) gives is honoured, in the order in
 * which generation/utils.py puts its processors, or refused by its name; keys without effect there,
 * and neutral values, pass. Immutable.
 */
final class ModelGeneration {
    /** How many of the best tokens transformers draws from by default. */
    private static final int TOP_K = 50;

    private final GenerationFile file;
    private final Set<Integer> ownEnds;
    private final boolean sampled;
    private final @Nullable Double temperature;
    private final @Nullable Integer topK;
    private final @Nullable Double topP;
    private final double minP;
    private final TextLength length;
    private final List<String> stopStrings;
    private final double repetitionPenalty;
    private final List<ScoreRule> beforePenalty = new ArrayList<>();
    private final List<ScoreRule> beforeLength = new ArrayList<>();
    private final List<ScoreRule> afterLength = new ArrayList<>();
    private final int leastLength;
    private final boolean leastIsGenerated;
    private final @Nullable Integer forcedFirst;
    private final Set<Integer> forcedEnd;
    private final @Nullable List<String> refusedWhenDrawn;
    private final boolean contrastive;

    /**
     * Reads what a file asks for.
     *
     * @param file the file
     * @param vocabulary how many tokens the model has
     * @throws IOException if a value is broken, or asks for what cannot be done; the message names
     *     its key
     */
    ModelGeneration(GenerationFile file, int vocabulary) throws IOException {
        this.file = file;
        GenerationRefusals.check(file);
        ownEnds = file.ids("eos_token_id");
        sampled = file.flag("do_sample");
        temperature = file.number("temperature", 0, Float.MAX_VALUE, "a number of at least 0");
        topK = file.integer("top_k", 0);
        topP = file.number("top_p", 0, 1, "a number in [0, 1]");
        Double least = file.number("min_p", 0, 1, "a number in [0, 1]");
        minP = least == null ? 0 : least;
        length = new TextLength(file.integer("max_new_tokens", 1), file.integer("max_length", 1));
        stopStrings = file.texts("stop_strings");
        repetitionPenalty = penalty("repetition_penalty");
        Integer minNewTokens = file.integer("min_new_tokens", 0);
        Integer minLength = file.integer("min_length", 0);
        leastIsGenerated = minNewTokens != null; // which goes before min_length
        leastLength = minNewTokens != null ? minNewTokens : minLength != null ? minLength : 0;
        forcedFirst = forcedFirst(vocabulary);
        forcedEnd = known(file.ids("forced_eos_token_id"), "forced_eos_token_id", vocabulary);
        refusedWhenDrawn = GenerationRefusals.whenDrawn(file);
        contrastive = GenerationRefusals.isContrastive(file, topK == null ? TOP_K : topK);
        readRules(vocabulary);
    }

    /** A model that asks for nothing. */
    static ModelGeneration none() {
        try {
            return new ModelGeneration(GenerationFile.none(), Integer.MAX_VALUE);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // there is no file that could be broken
        }
    }

    private double penalty(String key) throws IOException {
        Double value =
                file.number(key, Float.MIN_VALUE, Float.MAX_VALUE, "more than 0; 1 is no penalty");
        return value == null ? 1 : value;
    }

    private void readRules(int vocabulary) throws IOException {
        Map<List<Integer>, ScoreRule.Biased> biases = new LinkedHashMap<>();
        file.biases("sequence_bias").forEach(biased -> biases.put(biased.ids(), biased));
        add(beforePenalty, new ArrayList<>(biases.values()), "sequence_bias", vocabulary);
        double promptPenalty = penalty("encoder_repetition_penalty"); // of a decoder: the prompt's
        if (promptPenalty != 1) {
            beforePenalty.add(new ScoreRule.Repetition((float) (1 / promptPenalty), true));
        }
        ngrams("no_repeat_ngram_size", false);
        ngrams("encoder_no_repeat_ngram_size", true);
        List<ScoreRule.Biased> bad = new ArrayList<>();
        for (List<Integer> word : file.sequences("bad_words_ids")) {
            if (word.size() > 1 || !ownEnds.contains(word.get(0))) {
                bad.add(new ScoreRule.Biased(word, ScoreRule.REMOVED));
            }
        }
        add(beforeLength, bad, "bad_words_ids", vocabulary);
        if (file.flag("remove_invalid_values")) {
            afterLength.add(new ScoreRule.FiniteScores());
        }
        readEndPressure();
        Set<Integer> suppressed = file.ids("suppress_tokens");
        if (!suppressed.isEmpty()) {
            afterLength.add(new ScoreRule.Suppressed(suppressed));
        }
        Set<Integer> begin = file.ids("begin_suppress_tokens");
        if (!begin.isEmpty()) {
            afterLength.add(new ScoreRule.SuppressedAtBegin(begin, forcedFirst != null));
        }
    }

    private @Nullable Integer forcedFirst(int vocabulary) throws IOException {
        String key = "forced_bos_token_id";
        Set<Integer> first = known(file.ids(key), key, vocabulary);
        if (first.size() > 1) {
            throw new IOException(file.path() + ": " + key + " has several ids; expected one");
        }
        return first.isEmpty() ? null : first.iterator().next();
    }

    private static void add(
            List<ScoreRule> rules, List<ScoreRule.Biased> sequences, String key, int vocabulary)
            throws IOException {
        if (!sequences.isEmpty()) {
            ScoreRule.SequenceBias rule = new ScoreRule.SequenceBias(List.copyOf(sequences));
            known(Set.of(rule.greatest()), key, vocabulary);
            rules.add(rule);
        }
    }

    private static Set<Integer> known(Set<Integer> ids, String key, int vocabulary)
            throws IOException {
        for (int id : ids) {
            if (id >= vocabulary) {
                throw new IOException(
                        "%s: %s has the token %s; expected ids below %s, the model's tokens"
                                .formatted(GenerationFile.NAME, key, id, vocabulary));
            }
        }
        return ids;
    }

    private void ngrams(String key, boolean promptOnly) throws IOException {
        Integer size = file.integer(key, 0);
        if (size != null && size > 0) {
            beforeLength.add(new ScoreRule.NoRepeatedNgram(size, promptOnly));
        }
    }

    private void readEndPressure() throws IOException {
        String key = "exponential_decay_length_penalty";
        String expected = "a list of two numbers: after how many tokens, and a factor";
        JsonArray pair = file.list(key, expected);
        if (pair.isEmpty()) {
            return;
        }
        try {
            int start = pair.get(0).getAsInt();
            double factor = pair.get(1).getAsDouble();
            if (pair.size() == 2 && start >= 0 && Double.isFinite(factor)) {
                afterLength.add(new ScoreRule.EndPressure(start, factor, ownEnds));
                return;
            }
        } catch (RuntimeException e) {
            throw new IOException(file.wrong(key, pair, expected).getMessage(), e);
        }
        throw file.wrong(key, pair, expected);
    }

    /**
     * Puts the file and a caller's configuration together; what the caller sets wins.
     *
     * @param config what the caller sets
     * @param ends the tokens that end a text
     * @throws IllegalArgumentException if the file asks for what cannot be done together with the
     *     configuration; the message names the key
     */
    GenerationSettings settings(GenerationConfig config, Set<Integer> ends) {
        double chosen = temperature(config);
        requirePossible(chosen > 0);
        Integer newTokens = config.maxNewTokens();
        TextLength most = newTokens == null ? length : new TextLength(newTokens, null);
        Double penalty = config.repetitionPenalty();
        Integer k = config.topK();
        Double p = config.topP();
        return new GenerationSettings(
                most,
                rules(penalty == null ? repetitionPenalty : penalty, ends, most),
                chosen,
                k == null ? defaultTopK() : k,
                p == null ? (topP == null ? 1 : topP) : p,
                minP,
                stops(config),
                config.seed());
    }

    private double temperature(GenerationConfig config) {
        Double own = config.temperature();
        if (own != null) {
            return own;
        }
        if (!sampled) {
            return 0;
        }
        if (temperature != null && temperature == 0) {
            throw new IllegalArgumentException(
                    "%s: temperature is 0 and do_sample is true; expected a temperature above 0. Set the temperature yourself: 0 takes the best token always"
                            .formatted(file.path()));
        }
        return temperature == null ? 1 : temperature;
    }

    private int defaultTopK() {
        if (topK != null) {
            return topK;
        }
        return sampled ? TOP_K : 0;
    }

    private void requirePossible(boolean drawn) {
        if (drawn && refusedWhenDrawn != null) {
            throw new IllegalArgumentException(
                    ("%s: %s cannot be honoured where tokens are drawn; expected a model without"
                                    + " it, or a temperature of 0")
                            .formatted(file.path(), String.join(", ", refusedWhenDrawn)));
        }
        if (!drawn && contrastive) {
            throw new IllegalArgumentException(
                    "%s: penalty_alpha asks for contrastive search, which is not supported; expected a model without it, or a temperature above 0"
                            .formatted(file.path()));
        }
    }

    private List<ScoreRule> rules(double penalty, Set<Integer> ends, TextLength most) {
        List<ScoreRule> rules = new ArrayList<>(beforePenalty);
        if (penalty != 1) {
            rules.add(new ScoreRule.Repetition((float) penalty, false));
        }
        rules.addAll(beforeLength);
        if (leastLength > 0) {
            rules.add(new ScoreRule.LeastLength(leastLength, leastIsGenerated, Set.copyOf(ends)));
        }
        if (forcedFirst != null) {
            rules.add(new ScoreRule.ForcedFirst(forcedFirst));
        }
        if (!forcedEnd.isEmpty()) {
            rules.add(new ScoreRule.ForcedLast(forcedEnd, most));
        }
        rules.addAll(afterLength);
        return rules;
    }

    private List<String> stops(GenerationConfig config) {
        List<String> stops = new ArrayList<>(config.stopStrings());
        stops.addAll(stopStrings);
        return stops;
    }
}
