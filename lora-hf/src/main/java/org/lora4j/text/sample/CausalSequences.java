/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.text.batch.SampleTokens;
import org.lora4j.text.lines.BrokenLines;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.SkippedLines;
import org.lora4j.text.tokenizer.Attempt;

/**
 * The tokens of samples from which a causal language model can learn something: cut to the longest
 * length allowed, and without those that have no token to be learnt then or that cannot be
 * tokenized and may be skipped. Immutable and safe for concurrent use.
 *
 * @param sequences the tokens, in the order of the samples
 * @param lines the line of the sample that each sequence comes from, counted from 1; 0 where there
 *     is no file
 * @param truncated the lines of the samples that were cut to the longest length allowed, in order
 * @param leftOut the lines of the samples that are left out, since they have no token to be learnt,
 *     in order
 * @param refused the samples that are left out since they cannot be tokenized, such as
 *     conversations that the chat template refuses; none unless the data say to skip them
 * @param straddled how many sequences have a token across the end of the prompt
 */
public record CausalSequences(
        List<SampleTokens> sequences,
        List<Integer> lines,
        List<Integer> truncated,
        List<Integer> leftOut,
        SkippedLines refused,
        int straddled) {
    /** Copies the lists. */
    public CausalSequences {
        sequences = List.copyOf(sequences);
        lines = List.copyOf(lines);
        truncated = List.copyOf(truncated);
        leftOut = List.copyOf(leftOut);
    }

    /**
     * Tokenizes samples.
     *
     * @param data the samples
     * @param tokenizer the tokenizer; it stays the caller's
     * @param maxLength the most tokens of a sample, special tokens included; the end of a longer
     *     one is cut off, as by TRL
     * @param lossOn which tokens are learnt
     * @return the sequences, in the order of the samples
     * @throws IllegalArgumentException if maxLength is less than 2; if a sample cannot be tokenized
     *     and the data do not say to skip it, which names the source and the line; if no sample has
     *     a token to be learnt, or none but its end
     */
    public static CausalSequences of(
            TrainingSamples data, TextTokenizer tokenizer, int maxLength, LossOn lossOn) {
        if (maxLength < 2) {
            throw new IllegalArgumentException(
                    "max length %s leaves no token to be predicted; expected at least 2"
                            .formatted(maxLength));
        }
        BrokenLines refused = new BrokenLines();
        CausalSequences found = tokenize(data.samples(), tokenizer, maxLength, lossOn, refused);
        boolean allRefused = refused.lines().count() == data.samples().size();
        if (!refused.isEmpty() && (data.onBadLine() == OnBadLine.FAIL || allRefused)) {
            throw new IllegalArgumentException(
                    "%s, line %s: %s"
                            .formatted(
                                    data.source(),
                                    refused.line(),
                                    refused.refusal(data.onBadLine() == OnBadLine.SKIP)),
                    refused.cause());
        }
        if (found.size() == 0) {
            throw new IllegalArgumentException(
                    ("%s: none of the %s samples has a token to be learnt (%s are longer than %s"
                         + " tokens and were cut there); expected completions that fit, a greater"
                         + " max length, or the loss on all tokens")
                            .formatted(
                                    data.source(),
                                    found.leftOut.size(),
                                    found.truncated.size(),
                                    maxLength));
        }
        if (!found.writes()) {
            throw new IllegalArgumentException(
                    "%s: there is nothing to learn but where a text ends: the texts or completions of all samples are empty; expected some that are not, or the loss on all tokens"
                            .formatted(data.source()));
        }
        return found;
    }

    /**
     * Tokenizes samples, of which none needs to have a token to be learnt.
     *
     * @param refused takes those that cannot be tokenized
     */
    static CausalSequences tokenize(
            List<TrainingSample> samples,
            TextTokenizer tokenizer,
            int maxLength,
            LossOn lossOn,
            BrokenLines refused) {
        List<Attempt<List<SampleTokens>>> attempts =
                Attempt.all(samples.size(), i -> samples.get(i).tokens(tokenizer, lossOn));
        List<SampleTokens> sequences = new ArrayList<>(samples.size());
        List<Integer> lines = new ArrayList<>(samples.size());
        List<Integer> truncated = new ArrayList<>();
        List<Integer> leftOut = new ArrayList<>();
        int straddled = 0;
        for (int i = 0; i < samples.size(); i++) {
            TrainingSample sample = samples.get(i);
            List<SampleTokens> parts;
            try {
                parts = attempts.get(i).get();
            } catch (IllegalArgumentException e) {
                int line = sample.line() > 0 ? sample.line() : i + 1;
                refused.add(line, String.valueOf(e.getMessage()), e);
                continue;
            }
            boolean teaches = false;
            boolean isCut = false;
            for (SampleTokens whole : parts) {
                SampleTokens cut = whole.cut(maxLength);
                isCut |= whole.length() > maxLength;
                if (cut.lossTerms() > 0) {
                    teaches = true;
                    straddled += cut.straddled() ? 1 : 0;
                    sequences.add(cut);
                    lines.add(sample.line());
                }
            }
            if (isCut) {
                truncated.add(sample.line());
            }
            if (!teaches) {
                leftOut.add(sample.line());
            }
        }
        return new CausalSequences(
                sequences, lines, truncated, leftOut, refused.lines(), straddled);
    }

    /**
     * Joins some sequences into a batch.
     *
     * @param indices their positions, at least one
     * @return the batch, in the order of indices
     * @throws IllegalArgumentException if indices is empty
     * @throws IndexOutOfBoundsException if a position is not one of these
     * @throws ArithmeticException if there are more than 2^31 - 1 tokens
     */
    public PackedTokens batch(int[] indices) {
        return PackedTokens.join(sequences, indices);
    }

    /**
     * The tokens with which some sequences teach a model to end its texts.
     *
     * @param indices their positions
     * @return token ids, possibly none
     * @throws IndexOutOfBoundsException if a position is not one of these
     */
    public Set<Integer> ends(int[] indices) {
        Set<Integer> ends = new HashSet<>();
        for (int index : indices) {
            ends.addAll(sequences.get(index).ends());
        }
        return ends;
    }

    /** Returns the number of sequences. */
    public int size() {
        return sequences.size();
    }

    /** Returns the number of tokens of each sequence. */
    public int[] lengths() {
        return sequences.stream().mapToInt(SampleTokens::length).toArray();
    }

    /**
     * The greatest token id, by which a tokenizer of another model shows.
     *
     * @return an id
     */
    public int greatestId() {
        return sequences.stream()
                .flatMapToInt(sequence -> Arrays.stream(sequence.ids()))
                .max()
                .orElse(0);
    }

    /**
     * Whether a sequence has a token to be learnt that is not its end.
     *
     * @return false where all texts or completions are empty
     */
    public boolean writes() {
        return sequences.stream().anyMatch(SampleTokens::writes);
    }
}
