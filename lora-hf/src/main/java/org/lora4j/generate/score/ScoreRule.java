/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate.score;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Something that changes the scores of the next token before one is chosen, in place and in
 * float32. Each rule is one of transformers' logits processors (5.23.0,
 * generation/logits_process.py); a token that may not follow gets a score of -∞. Immutable, given
 * immutable collections, and safe for concurrent use.
 */
public sealed interface ScoreRule {
    /** The score of a token that may not follow. */
    float REMOVED = Float.NEGATIVE_INFINITY;

    /**
     * Changes the scores.
     *
     * @param scores [V]
     * @param text the tokens so far
     */
    void apply(float[] scores, TextSoFar text);

    /**
     * Adds a number to the score of each token that completes a sequence; a sequence of one token
     * is always completed. Bad words have -∞. SequenceBiasLogitsProcessor,
     * NoBadWordsLogitsProcessor.
     *
     * @param sequences the sequences and what is added
     */
    record SequenceBias(List<Biased> sequences) implements ScoreRule {
        @Override
        public void apply(float[] scores, TextSoFar text) {
            float[] biases = new float[scores.length];
            for (Biased sequence : sequences) {
                List<Integer> ids = sequence.ids();
                if (text.endsWith(ids.subList(0, ids.size() - 1))) {
                    biases[ids.get(ids.size() - 1)] += sequence.bias();
                }
            }
            for (int i = 0; i < scores.length; i++) {
                scores[i] += biases[i];
            }
        }

        /** The greatest id of all. */
        public int greatest() {
            return sequences.stream().flatMap(s -> s.ids().stream()).reduce(0, Math::max);
        }
    }

    /**
     * A sequence and what is added to the score of its last token where the others precede it.
     *
     * @param ids at least one
     * @param bias what is added
     */
    record Biased(List<Integer> ids, float bias) {}

    /**
     * Divides the scores of tokens that occur by a penalty, or multiplies negative ones.
     * RepetitionPenaltyLogitsProcessor, EncoderRepetitionPenaltyLogitsProcessor.
     *
     * @param penalty the number
     * @param promptOnly whether only the tokens of the prompt count
     */
    record Repetition(float penalty, boolean promptOnly) implements ScoreRule {
        @Override
        public void apply(float[] scores, TextSoFar text) {
            int end = promptOnly ? text.prompt() : text.count();
            boolean[] seen = new boolean[scores.length];
            for (int i = 0; i < end; i++) {
                int token = text.token(i);
                // ids beyond the scores are padding's or a tokenizer's larger than its model
                if (token < scores.length && !seen[token]) {
                    seen[token] = true;
                    float score = scores[token];
                    scores[token] = score < 0 ? score * penalty : score / penalty;
                }
            }
        }
    }

    /**
     * Removes each token that would complete n tokens in a row which occurred before.
     * NoRepeatNGramLogitsProcessor, EncoderNoRepeatNGramLogitsProcessor.
     *
     * @param size n
     * @param promptOnly whether only the prompt is looked at for what occurred
     */
    record NoRepeatedNgram(int size, boolean promptOnly) implements ScoreRule {
        @Override
        public void apply(float[] scores, TextSoFar text) {
            int prefix = text.count() + 1 - size;
            if (prefix < 0 || (!promptOnly && text.count() < size)) {
                return;
            }
            int last = (promptOnly ? text.prompt() : text.count()) - size;
            for (int start = 0; start <= last; start++) {
                int same = 0;
                while (same < size - 1 && text.token(start + same) == text.token(prefix + same)) {
                    same++;
                }
                int token = text.token(start + size - 1);
                if (same == size - 1 && token < scores.length) {
                    scores[token] = REMOVED;
                }
            }
        }
    }

    /**
     * Removes the tokens that end a text while it is too short. MinLengthLogitsProcessor,
     * MinNewTokensLengthLogitsProcessor.
     *
     * @param least how many tokens there must be
     * @param generated whether only the generated tokens count, and not the prompt's
     * @param ends the tokens that end a text
     */
    record LeastLength(int least, boolean generated, Set<Integer> ends) implements ScoreRule {
        @Override
        public void apply(float[] scores, TextSoFar text) {
            if ((generated ? text.count() - text.prompt() : text.count()) < least) {
                remove(scores, ends);
            }
        }
    }

    /**
     * Lets one token alone follow a prompt of one token. ForcedBOSTokenLogitsProcessor.
     *
     * @param token the token
     */
    record ForcedFirst(int token) implements ScoreRule {
        @Override
        public void apply(float[] scores, TextSoFar text) {
            if (text.count() == 1) {
                only(scores, Set.of(token));
            }
        }
    }

    /**
     * Lets some tokens alone be the last one. ForcedEOSTokenLogitsProcessor.
     *
     * @param tokens the tokens
     * @param length by which the last token is known
     */
    record ForcedLast(Set<Integer> tokens, TextLength length) implements ScoreRule {
        @Override
        public void apply(float[] scores, TextSoFar text) {
            int generated = text.count() - text.prompt();
            if (generated == length.mostNewTokens(text.prompt()) - 1) {
                only(scores, tokens);
            }
        }
    }

    /** Puts finite numbers in the place of NaN and ±∞. InfNanRemoveLogitsProcessor. */
    record FiniteScores() implements ScoreRule {
        @Override
        public void apply(float[] scores, TextSoFar text) {
            for (int i = 0; i < scores.length; i++) {
                scores[i] =
                        Float.isNaN(scores[i])
                                ? 0
                                : Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, scores[i]));
            }
        }
    }

    /**
     * Raises the scores of the tokens that end a text more with each token after some: score +
     * |score| (factor^n - 1). ExponentialDecayLengthPenalty. A sum beyond float32, which
     * transformers takes for the best score, is the greatest number.
     *
     * @param start after how many generated tokens
     * @param factor what is raised to the power of the number of tokens since then
     * @param ends the tokens that end a text
     */
    record EndPressure(int start, double factor, Set<Integer> ends) implements ScoreRule {
        @Override
        public void apply(float[] scores, TextSoFar text) {
            int since = text.count() - text.prompt() - start;
            if (since <= 0) {
                return;
            }
            float raise = (float) (Math.pow(factor, since) - 1);
            for (int end : ends) {
                if (end < scores.length && Float.isFinite(scores[end])) {
                    float raised = scores[end] + Math.abs(scores[end]) * raise;
                    scores[end] = raised <= Float.MAX_VALUE ? raised : Float.MAX_VALUE;
                }
            }
        }
    }

    /**
     * Removes tokens everywhere. SuppressTokensLogitsProcessor.
     *
     * @param tokens the tokens
     */
    record Suppressed(Set<Integer> tokens) implements ScoreRule {
        @Override
        public void apply(float[] scores, TextSoFar text) {
            remove(scores, tokens);
        }
    }

    /**
     * Removes tokens at the beginning of the generated text. SuppressTokensAtBeginLogitsProcessor.
     *
     * @param tokens the tokens
     * @param afterForcedFirst whether a first token is forced after a prompt of one token, so that
     *     the text begins one later there
     */
    record SuppressedAtBegin(Set<Integer> tokens, boolean afterForcedFirst) implements ScoreRule {
        @Override
        public void apply(float[] scores, TextSoFar text) {
            int begin = text.prompt() + (afterForcedFirst && text.prompt() <= 1 ? 1 : 0);
            if (text.count() == begin) {
                remove(scores, tokens);
            }
        }
    }

    private static void remove(float[] scores, Set<Integer> tokens) {
        for (int token : tokens) {
            if (token < scores.length) {
                scores[token] = REMOVED;
            }
        }
    }

    private static void only(float[] scores, Set<Integer> tokens) {
        Arrays.fill(scores, REMOVED);
        for (int token : tokens) {
            scores[token] = 0;
        }
    }
}
