/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.estimate.TrainingEstimate.Part;
import org.lora4j.hf.family.AdapterCount;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.Quantization;
import org.lora4j.torch.TensorDtype;
import org.lora4j.train.Recomputation;

/**
 * The memory of a training on a processor when a backward pass begins, which is its peak.
 *
 * <p>The weights and their copies are counted, and so is what the tapes of the layers keep, which
 * follows from the derivatives. Fitted, to the peaks of 22 trainings of {@code bench/estimate.py},
 * are the process, the logits, and what the C library holds besides: what a layer has while it is
 * computed, and the holes that this leaves.
 */
final class MemoryFormula {
    private static final int FLOAT_BYTES = 4;

    /** The logits of a chunk of the loss, as in ChunkedLoss. */
    static final long MOST_LOGITS = 1 << 23;

    /** The longest sequence whose attention probabilities are kept, as in attention_parts.py. */
    static final int MOST_KEPT_POSITIONS = 64;

    /** The same in 16 bits. */
    static final int MOST_KEPT_POSITIONS_16 = 256;

    /** Queries that attend at once to what they can see, as in attention_parts.py. */
    static final int QUERIES_AT_ONCE = 64;

    /** The longest sequence without the fused kernel, which keeps its result; in 16 bits twice. */
    static final int MOST_FORMED_POSITIONS = 512;

    /** Java, PyTorch's libraries, the tokenizer and the data, in MB. */
    private static final double PROCESS = 291;

    /** Logits and their gradient, in the base's dtype. */
    private static final double LOGITS = 2;

    /** What of them is in float32 at once, and its softmax, as in losses.py. */
    private static final double LOSS_BYTES = 3.0 * FLOAT_BYTES * (1 << 20);

    /** Holes, for each byte that is kept, that a layer returns, and of an encoder's scores. */
    private static final double KEPT_HOLES = 0.32;

    private static final double OUTPUT_HOLES = 4.7;
    private static final double SCORE_HOLES = 1.9;

    /** The share of a budget that a step may fill, as in GradientStep. */
    private static final double FILLED = 0.9;

    private static final double MEGA = 1e6;

    private final AdapterCount count;
    private final TensorDtype dtype;
    private final BaseMemory base;
    private final boolean validates;
    private final Recomputation recomputation;

    private MemoryFormula(
            AdapterCount count,
            TensorDtype dtype,
            BaseMemory base,
            boolean validates,
            Recomputation recomputation) {
        this.count = count;
        this.dtype = dtype;
        this.base = base;
        this.validates = validates;
        this.recomputation = recomputation;
    }

    /**
     * Returns the formula of a training.
     *
     * @param dtype the precision of the base
     * @param quantization in how few bits its linear layers are held, or null
     * @param validates whether the best tensors are kept
     * @param recomputation which layers keep their inputs alone
     */
    static MemoryFormula of(
            ParameterInventory inventory,
            AdapterCount count,
            TensorDtype dtype,
            @Nullable Quantization quantization,
            boolean validates,
            Recomputation recomputation) {
        BaseMemory base = BaseMemory.of(inventory, dtype, quantization);
        return new MemoryFormula(count, dtype, base, validates, recomputation);
    }

    /** Returns the parts, of which the activations are those of the largest batch. */
    List<Part> parts(ModelSizes sizes, Workload work) {
        long trained = count.parameters().trainable() * FLOAT_BYTES;
        double kept = kept(sizes, work);
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("base", base.weights()));
        if (base.unpacked() > 0) {
            parts.add(new Part("unpacked weight", base.unpacked()));
        }
        parts.add(new Part("adapter", trained));
        if (count.origin() > 0) {
            parts.add(new Part("origin", count.origin() * FLOAT_BYTES));
        }
        parts.add(new Part("gradients", trained));
        parts.add(new Part("optimiser", 2 * trained));
        parts.add(new Part("copies to go back to", validates ? 2 * trained : trained));
        parts.add(new Part("activations", Math.round(kept)));
        if (sizes.vocabulary() > 0) {
            double logits = Math.min(work.mostTokens() * sizes.vocabulary(), MOST_LOGITS);
            double loss = LOGITS * logits * dtype.byteSize(1) + LOSS_BYTES;
            parts.add(new Part("logits and their loss", Math.round(loss)));
        }
        parts.add(new Part("holes between tensors", Math.round(holes(sizes, work, kept))));
        parts.add(new Part("Java and PyTorch", Math.round(PROCESS * MEGA)));
        return parts;
    }

    /** Returns how many layers are computed again. */
    int recomputed(ModelSizes sizes, Workload work) {
        long budget = recomputation.budget();
        if (budget == 0) {
            return Math.min(recomputation.layers(), sizes.layers());
        }
        long trained = count.parameters().trainable() * FLOAT_BYTES;
        double held = (double) trained + count.origin() * FLOAT_BYTES;
        double used = base.weights() + base.unpacked() + held + PROCESS * MEGA;
        double allowed = Math.max(0, FILLED * budget - used - 3.0 * trained);
        return sizes.layers() - (int) Math.min(sizes.layers(), allowed / keptOfLayer(sizes, work));
    }

    /** Returns what the layers keep; those computed again do so one after the other. */
    private double kept(ModelSizes sizes, Workload work) {
        int again = recomputed(sizes, work);
        int whole = Math.max(0, sizes.whole() - again);
        double layer = keptOfLayer(sizes, work);
        double inputs = (double) again * work.mostTokens() * sizes.hidden() * dtype.byteSize(1);
        double last = 0;
        if (sizes.whole() < sizes.layers() && again < sizes.layers()) {
            last = work.mostTokens() * (sizes.keptOfLast() * dtype.byteSize(1));
        }
        return inputs + last + (again > 0 ? Math.max(whole, 1) : whole) * layer;
    }

    private double keptOfLayer(ModelSizes sizes, Workload work) {
        double tokens = work.mostTokens();
        double bytes =
                tokens * (sizes.kept() * dtype.byteSize(1) + sizes.ranks() * FLOAT_BYTES)
                        + tokens * sizes.masked();
        double probabilities = (double) work.mostSquares() * sizes.heads();
        int most = dtype.byteSize(1) < FLOAT_BYTES ? MOST_KEPT_POSITIONS_16 : MOST_KEPT_POSITIONS;
        if (work.mostSquares() <= most * tokens) {
            double seen = probabilities;
            if (sizes.vocabulary() > 0) { // causal: what no query of a part sees is not formed
                double half = (work.mostSquares() + QUERIES_AT_ONCE * tokens) / 2;
                seen = Math.min(seen, half * sizes.heads());
            }
            bytes += seen * dtype.byteSize(1);
        }
        double longest = (double) MOST_FORMED_POSITIONS * FLOAT_BYTES / dtype.byteSize(1);
        if (work.mostSquares() > longest * tokens && !sizes.dropsAttention()) {
            bytes += tokens * sizes.hidden() * dtype.byteSize(1);
        }
        return bytes + (sizes.dropsAttention() ? probabilities : 0);
    }

    private double holes(ModelSizes sizes, Workload work, double kept) {
        double outputs = work.mostTokens() * sizes.outputs() * dtype.byteSize(1);
        double scores = 0;
        if (sizes.whole() < sizes.layers()) {
            scores = (double) work.mostSquares() * sizes.heads() * FLOAT_BYTES;
        }
        return KEPT_HOLES * kept + OUTPUT_HOLES * outputs + SCORE_HOLES * scores;
    }
}
