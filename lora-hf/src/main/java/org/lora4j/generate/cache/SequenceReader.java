/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate.cache;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.List;
import java.util.stream.IntStream;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.pass.Invocations;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.hf.decoder.AttentionMemory;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.torch.Sequences;

/**
 * Runs a model over sequences that grow by a token each: all of their tokens at first, then the
 * newest one of each. Tokens lie one after another without padding, and only the last one of a
 * sequence is carried through the vocabulary projection.
 */
public final class SequenceReader implements AutoCloseable {
    private final CausalLanguageModel block;
    private final NDManager manager;
    private KeyValueCache cache;
    private Pass pass;
    private int virtual;

    /**
     * Begins with nothing read.
     *
     * @param block the model
     * @param parent what frees the cache if this is not closed
     */
    public SequenceReader(CausalLanguageModel block, NDManager parent) {
        this.block = block;
        manager = parent.newSubManager();
        cache = new KeyValueCache(manager);
        pass = pass(cache);
    }

    private Pass pass(AttentionMemory memory) {
        PairList<String, Object> parameters = new PairList<>();
        parameters.add(AttentionMemory.PARAMETER, memory);
        return new Pass(new ParameterStore(manager, false), false, parameters);
    }

    /**
     * Reads the sequences on: the newest token of each where the rest was read before, all tokens
     * otherwise.
     *
     * @param scope who owns the result
     * @param sequences those that were read before, in their order, or all of the first time
     * @return the logits of the token that follows each [S, V], float32
     */
    public NDArray read(NDManager scope, List<TokenSequence> sequences) {
        int before = cache.size() == 0 ? block.virtualTokens() : virtual;
        boolean anew = sequences.stream().anyMatch(s -> block.isReadAnewAt(s.count() + before));
        virtual = before;
        if (cache.size() > 0 && anew) {
            cache.close();
            cache = new KeyValueCache(manager);
            pass = pass(cache);
        }
        return run(scope, sequences, cache.size() == 0);
    }

    private NDArray run(NDManager scope, List<TokenSequence> sequences, boolean whole) {
        int total = sequences.stream().mapToInt(s -> whole ? virtual + s.count() : 1).sum();
        long[] ids = new long[total];
        long[] positions = new long[total];
        long[] lengths = new long[sequences.size()];
        long[] last = new long[sequences.size()];
        int row = 0;
        for (int i = 0; i < lengths.length; i++) {
            TokenSequence sequence = sequences.get(i);
            int first = whole ? 0 : sequence.count() - 1;
            for (int v = 0; whole && v < virtual; v++, row++) {
                ids[row] = -1L - v;
                positions[row] = v;
            }
            for (int t = first; t < sequence.count(); t++, row++) {
                ids[row] = sequence.ids()[t];
                positions[row] = (long) virtual + t;
            }
            lengths[i] = (long) sequence.count() - first + (whole ? virtual : 0);
            last[i] = row - 1L;
        }
        try (NDManager inner = scope.newSubManager()) {
            NDList tokens =
                    new NDList(
                            inner.create(ids),
                            inner.create(positions),
                            inner.create(lengths).toDevice(Device.cpu(), false));
            ActiveAdapters active = block.loraContext().active();
            active.layOut(
                    IntStream.range(0, lengths.length).toArray(),
                    lengths,
                    (text, invocation) -> start(sequences.get(text), invocation, whole));
            NDArray hidden = block.hidden(pass, tokens);
            NDArray ends = whole ? Sequences.take(hidden, inner.create(last)) : hidden;
            NDArray logits = block.logits(pass, ends);
            logits.attach(scope);
            return logits;
        }
    }

    /**
     * Returns from which of the rows that are read on an adapter acts: the prompt decides, also for
     * what follows it.
     */
    private static long start(TokenSequence sequence, List<Integer> invocation, boolean whole) {
        int[] ids = sequence.ids();
        long start = Invocations.last(invocation, sequence.prompt(), at -> ids[at]);
        return whole || start == RowLayout.Starts.NEVER ? start : 0;
    }

    /**
     * Goes on with some of the sequences only.
     *
     * @param which their indices
     */
    public void keep(int... which) {
        cache.keep(which);
    }

    /** Returns how much memory what was read takes. */
    public long bytes() {
        return cache.bytes();
    }

    @Override
    public void close() {
        manager.close();
    }
}
