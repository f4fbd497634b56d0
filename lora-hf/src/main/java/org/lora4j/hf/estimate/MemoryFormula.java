/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import java.util.ArrayList;
import java.util.List;
import org.lora4j.hf.estimate.TrainingEstimate.Part;
import org.lora4j.hf.family.AdapterCount;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.safetensors.TensorDtype;

/**
 * The memory of a training on a processor when a backward pass begins, which is its peak.
 *
 * <p>The weights and their copies are counted. The tensors that the backward pass needs are in
 * proportion to the hidden states, to what the linear layers return, to what the adapters get and
 * have between A and B, and to the attention scores of an encoder; decoders keep none. How many of
 * each there are was fitted to the bytes that the C library had handed out at the peak of 27
 * trainings of {@code bench/estimate.py}, from which the formula is at most 2.8 % of the peak away.
 * The holes are what the C library held besides.
 */
final class MemoryFormula {
    /** The logits of a chunk of the loss, as in ChunkedLoss. */
    static final long MOST_LOGITS = 1 << 24;

    /** Java, PyTorch's libraries, the tokenizer and the data, in MB. */
    private static final double PROCESS = 271;

    private static final double STATES = 3.39;
    private static final double OUTPUTS = 0.76;
    private static final double INPUTS = 0.74;
    private static final double RANKS = 4.43;
    private static final double SCORES = 0.84;
    private static final double LOGITS = 2.1;

    /**
     * The memory between tensors that the C library cannot use, for each byte of tensors: glibc
     * with the settings of the script lora4j.
     */
    private static final double HOLES = 0.4;

    private static final double MEGA = 1e6;
    private static final int FLOAT_BYTES = 4;

    private final ParameterInventory inventory;
    private final AdapterCount count;
    private final TensorDtype dtype;
    private final boolean validates;

    private MemoryFormula(
            ParameterInventory inventory,
            AdapterCount count,
            TensorDtype dtype,
            boolean validates) {
        this.inventory = inventory;
        this.count = count;
        this.dtype = dtype;
        this.validates = validates;
    }

    /**
     * Returns the formula of a training.
     *
     * @param dtype the precision of the base
     * @param validates whether the best tensors are kept
     */
    static MemoryFormula of(
            ParameterInventory inventory,
            AdapterCount count,
            TensorDtype dtype,
            boolean validates) {
        return new MemoryFormula(inventory, count, dtype, validates);
    }

    /** Returns the parts, of which the activations are those of the largest batch. */
    List<Part> parts(ModelSizes sizes, Workload work) {
        long trained = count.parameters().trainable() * FLOAT_BYTES;
        double kept = kept(sizes, work);
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("base", dtype.byteSize(inventory.parameters())));
        parts.add(new Part("adapter", trained));
        parts.add(new Part("gradients", trained));
        parts.add(new Part("optimiser", 2 * trained));
        parts.add(new Part("copies to go back to", validates ? 2 * trained : trained));
        parts.add(new Part("activations", Math.round(kept)));
        if (sizes.vocabulary() > 0) {
            double logits = Math.min(work.mostTokens() * sizes.vocabulary(), MOST_LOGITS);
            parts.add(new Part("logits and their loss", Math.round(LOGITS * logits * FLOAT_BYTES)));
        }
        parts.add(new Part("holes between tensors", Math.round(HOLES * kept)));
        parts.add(new Part("Java and PyTorch", Math.round(PROCESS * MEGA)));
        return parts;
    }

    private double kept(ModelSizes sizes, Workload work) {
        double width = dtype.byteSize(1);
        double states = (double) sizes.hidden() * sizes.layers();
        double numbers = STATES * states + OUTPUTS * sizes.outputs() + INPUTS * sizes.inputs();
        double scores = sizes.vocabulary() > 0 ? 0 : work.mostSquares() * sizes.attended();
        return work.mostTokens() * (numbers * width + RANKS * sizes.ranks() * FLOAT_BYTES)
                + SCORES * scores * width;
    }
}
