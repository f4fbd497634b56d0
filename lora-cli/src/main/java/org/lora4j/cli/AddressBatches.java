/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.util.Iterator;
import java.util.List;
import org.lora4j.cli.address.Address;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.LoraModel;
import org.lora4j.text.CausalSequences;
import org.lora4j.text.LossOn;
import org.lora4j.text.PackingPlanner;
import org.lora4j.train.BatchSource;

/** Addresses as batches of about so many tokens, in another order each epoch. */
final class AddressBatches implements BatchSource<CausalBatch> {
    private final CausalSequences sequences;
    private final PackingPlanner planner;

    AddressBatches(LoraModel model, List<Address> addresses, int tokens, long seed) {
        sequences =
                CausalSequences.of(
                        AddressPrompts.samples("training", addresses),
                        model.tokenizer(),
                        tokens,
                        LossOn.COMPLETION);
        planner = new PackingPlanner(sequences.lengths(), tokens, 1, seed);
    }

    @Override
    public Class<CausalBatch> batchType() {
        return CausalBatch.class;
    }

    @Override
    public Iterable<CausalBatch> epoch(int epoch) {
        int[][] batches = planner.epoch(epoch);
        return () -> {
            Iterator<int[]> rows = List.of(batches).iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return rows.hasNext();
                }

                @Override
                public CausalBatch next() {
                    return new CausalBatch(sequences.batch(rows.next()));
                }
            };
        };
    }

    @Override
    public int batchesPerEpoch(int epoch) {
        return planner.epoch(epoch).length;
    }
}
