/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import org.lora4j.hf.BatchPlan;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;

/**
 * Tokenized texts, and which of them share batches.
 *
 * @param texts the texts
 * @param pad the id at padded positions
 * @param plan the batches of each epoch
 */
record PlannedTexts(List<TokenizedExample> texts, int pad, BatchPlan plan) {
    PlannedTexts {
        texts = List.copyOf(texts);
    }

    /**
     * Returns the batches of an epoch.
     *
     * @param batch makes one of the places of its texts and of their tokens
     */
    <B> Iterable<B> epoch(int epoch, BiFunction<int[], PaddedBatch, B> batch) {
        int[][] batches = plan.epoch(epoch);
        return () -> iterator(batches, batch);
    }

    private <B> Iterator<B> iterator(int[][] batches, BiFunction<int[], PaddedBatch, B> batch) {
        return Arrays.stream(batches).map(own -> batch.apply(own, padded(own))).iterator();
    }

    private PaddedBatch padded(int[] indices) {
        return PaddedBatch.of(Arrays.stream(indices).mapToObj(texts::get).toList(), pad);
    }

    /** Returns the greatest token id of some texts. */
    static int greatestId(List<TokenizedExample> texts) {
        return texts.stream().flatMapToInt(text -> Arrays.stream(text.ids())).max().orElse(0);
    }

    /** Returns the greatest token type of some texts. */
    static int greatestType(List<TokenizedExample> texts) {
        return texts.stream().flatMapToInt(text -> Arrays.stream(text.typeIds())).max().orElse(0);
    }

    /** Returns the number of tokens of each text. */
    static int[] lengths(List<TokenizedExample> texts) {
        return texts.stream().mapToInt(TokenizedExample::length).toArray();
    }
}
