/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.kernels;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of the blocks: the seam where an engine supplies faster operations than DJL's.
 *
 * <p>Results belong to the manager of the first argument, which is always an activation or, for
 * {@link #delta} and {@link #merge}, the caller's to attach. Implementations are thread-safe.
 */
public interface LoraKernels {
    /**
     * X Wᵀ + b.
     *
     * @param x [.., in]
     * @param weight [out, in]
     * @param bias [out], or null
     * @return [.., out]
     */
    NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias);

    /**
     * Y + s (X Aᵀ) Bᵀ.
     *
     * @param y [.., out]
     * @param x [.., in]
     * @param term A [r, in]; B [out, r]
     * @return a new array [.., out] of y's dtype
     */
    NDArray addLowRank(NDArray y, NDArray x, LowRankTerm term);

    /**
     * As {@link #addLowRank}, where A's gradient is that of compressed inputs (VeLoRA).
     *
     * @param y [.., out]
     * @param x [.., in]
     * @param term A [r, in]; B [out, r]; with a compression, whose direction is written if it is
     *     that of a pass's inputs
     * @return a new array [.., out] of y's dtype
     * @throws UnsupportedOperationException if these kernels have no such gradient
     */
    default NDArray addCompressed(NDArray y, NDArray x, LowRankTerm term) {
        throw new UnsupportedOperationException(
                "plain NDArray arithmetic has no gradient of compressed inputs, which VeLoRA"
                        + " needs; use an engine's kernels (lora-djl brings PyTorch's)");
    }

    /**
     * What Arrow needs of its experts: their matrices, from which the means of general ones are
     * taken, and the first right singular vector of each B·A by a power iteration. Float32, without
     * gradients.
     *
     * @param a A [r, in] of each expert
     * @param b B [out, r] of each
     * @param generalA A of general adapters, or none
     * @param generalB B of them
     * @param start what the iteration begins with, [in]
     * @param iterations its steps
     * @return new arrays [E, r, in], [E, out, r] and [E, in]
     * @throws UnsupportedOperationException if these kernels route nothing
     */
    default NDList routes(
            NDList a, NDList b, NDList generalA, NDList generalB, NDArray start, int iterations) {
        throw new UnsupportedOperationException(
                "plain NDArray arithmetic does not route; use an engine's kernels (lora-djl brings"
                        + " PyTorch's)");
    }

    /**
     * Y + Σ cₑ sₑ (X Aₑᵀ) Bₑᵀ, where the coefficients c of a row are the softmax of its k largest
     * |X pₑ| / t and 0 for the other experts (Arrow); in float32.
     *
     * @param y [.., out]
     * @param x [.., in]
     * @param routes of {@link #routes}
     * @param scalings sₑ
     * @param k how many experts a row has
     * @param temperature t
     * @return a new array [.., out] of y's dtype
     * @throws UnsupportedOperationException if these kernels route nothing
     */
    default NDArray addRouted(
            NDArray y, NDArray x, NDList routes, double[] scalings, int k, double temperature) {
        throw new UnsupportedOperationException(
                "plain NDArray arithmetic does not route; use an engine's kernels (lora-djl brings"
                        + " PyTorch's)");
    }

    /**
     * Y with terms added to some of its rows: Yᵢ + s (Xᵢ Aᵀ) Bᵀ for the rows i of each term.
     *
     * @param y [N, out]
     * @param x [N, in]
     * @param terms at least one; A [r, in] and B [out, r] of each, any ranks
     * @return a new array [N, out] of y's dtype
     */
    default NDArray addLowRank(NDArray y, NDArray x, List<RowTerm> terms) {
        NDManager owner = y.getManager();
        long last = y.getShape().get(0);
        try (NDManager scope = owner.newSubManager()) {
            NDArray sum = y;
            for (RowTerm each : terms) {
                NDList parts = new NDList();
                if (each.from() > 0) {
                    parts.add(rows(scope, sum, 0, each.from()));
                }
                NDArray own = rows(scope, sum, each.from(), each.to());
                NDArray in = rows(scope, x, each.from(), each.to());
                parts.add(addLowRank(own, in, each.term()));
                if (each.to() < last) {
                    parts.add(rows(scope, sum, each.to(), last));
                }
                sum = joined(parts);
                sum.attach(scope);
            }
            sum.attach(owner);
            return sum;
        }
    }

    private NDArray rows(NDManager scope, NDArray x, long from, long to) {
        NDArray part = rows(x, from, to);
        part.attach(scope);
        return part;
    }

    /**
     * Returns rows that follow one another.
     *
     * @param x [N, ..]
     * @param from the first
     * @param to the last + 1
     * @return [to - from, ..], perhaps a view
     */
    default NDArray rows(NDArray x, long from, long to) {
        return x.get(new NDIndex("{}:{}", from, to));
    }

    /**
     * Joins rows.
     *
     * @param parts at least one, [n, ..] each, of one dtype
     * @return [Σ n, ..], of the first part's manager
     */
    default NDArray joined(NDList parts) {
        return NDArrays.concat(parts, 0);
    }

    /**
     * Y + s Aᵀ[ids] Bᵀ.
     *
     * @param y [.., size]
     * @param ids integers [..]
     * @param term A [r, entries]; B [size, r]
     * @param paddingIndex the column of a that gets no gradient, or -1
     * @return a new array [.., size] of y's dtype
     */
    NDArray addEmbedding(NDArray y, NDArray ids, LowRankTerm term, long paddingIndex);

    /**
     * X ∘ l in float32 or wider, cast to X's dtype.
     *
     * @param x [.., n]
     * @param vector l, n elements
     * @return a new array shaped as X; gradients reach X and l
     */
    NDArray scaleFeatures(NDArray x, NDArray vector);

    /**
     * W with each column, or each row, times a number, in float32 or wider, cast once to W's dtype.
     *
     * @param weight W [m, n], or a vector [n]
     * @param vector n elements for the columns, m for the rows
     * @param columns whether they are for the last dimension
     * @return a new array shaped as W, of W's manager, without gradients
     */
    NDArray scaleWeight(NDArray weight, NDArray vector, boolean columns);

    /**
     * Returns rows of a table, in float32 where the table has 16 bits.
     *
     * @param table [entries, size]
     * @param ids which, int64 [k]
     * @return a new array [k, size] of the table's manager
     */
    NDArray rows(NDArray table, NDArray ids);

    /**
     * Puts other rows in the place of those that some ids gave.
     *
     * @param y what was looked up, [.., size]
     * @param ids integers [..]
     * @param rows the other rows [k, size]
     * @param slots for each entry of the table its place among the other rows, or -1; int64
     *     [entries]
     * @param paddingPlace the place that gets no gradient, or -1
     * @return a new array [.., size] of y's dtype; gradients reach y and the rows
     */
    NDArray replaceRows(NDArray y, NDArray ids, NDArray rows, NDArray slots, long paddingPlace);

    /**
     * Puts the products of x with some rows, X Rᵀ, in the place of columns of y.
     *
     * @param y [.., entries]
     * @param x [.., size]
     * @param rows R [k, size]
     * @param columns which, int64 [k]
     * @return a new array [.., entries] of y's dtype; gradients reach y, x and the rows
     */
    NDArray replaceColumns(NDArray y, NDArray x, NDArray rows, NDArray columns);

    /**
     * Returns ids with 0 in the place of negative ones, which are virtual.
     *
     * @param ids integers [..]
     */
    NDArray realIds(NDArray ids);

    /**
     * Puts the vectors of virtual tokens in their places: that of the id -1 is the first.
     *
     * @param y what was looked up, [.., size]
     * @param ids integers [..]
     * @param vectors [P, size], at least as many as there are virtual tokens
     * @param scale what the vectors are multiplied by
     * @return a new array [.., size] of y's dtype; gradients reach y and the vectors
     */
    NDArray virtualRows(NDArray y, NDArray ids, NDArray vectors, double scale);

    /**
     * Runs the network of P-tuning on its embedding E [P, size].
     *
     * @param tensors E, then weight [out, in] and bias [out] of each linear layer; of an LSTM, E,
     *     then of each layer and direction weight_ih, weight_hh, bias_ih, bias_hh, then two linear
     *     layers
     * @param lstmLayers the layers of a bidirectional LSTM before the linear ones; 0 for none
     * @return [P, size]; gradients reach all tensors
     */
    NDArray encodePrompt(List<NDArray> tensors, int lstmLayers);

    /**
     * As {@link #encodePrompt(List, int)}, with dropout behind each layer of an LSTM but the last.
     *
     * @param tensors as there
     * @param lstmLayers the layers of the LSTM, at least 2
     * @param masks booleans [P, 2 hidden] for each layer but the last, true where an element is
     *     kept
     * @param p the probability with which they were drawn to drop
     * @return the vectors [P, H]
     */
    NDArray encodePrompt(List<NDArray> tensors, int lstmLayers, List<NDArray> masks, double p);

    /**
     * Returns a table with other rows in some places.
     *
     * @param table [entries, size]
     * @param rows [k, size]
     * @param ids where, int64 [k]
     * @return a new array of the table's dtype and manager
     */
    NDArray withRows(NDArray table, NDArray rows, NDArray ids);

    /**
     * Y + s (X ⋆ A) ⋆ B: two convolutions one after the other.
     *
     * @param y [N, out, ..]
     * @param x [N, in, ..]
     * @param term A [r, in, k..], which slides as the geometry says, without groups; B [out,
     *     r/groups, 1..], in the geometry's groups
     * @param geometry how the layer slides
     * @return a new array shaped as y, of y's dtype
     */
    NDArray addConvolution(NDArray y, NDArray x, LowRankTerm term, ConvolutionGeometry geometry);

    /**
     * Y + s X ⋆ V, where V is B A read as a weight.
     *
     * @param y [N, out, ..]
     * @param x [N, in, ..]
     * @param term A [p, q]; B [m, p], with m q elements of V
     * @param weight V's shape [out, in/groups, k..]
     * @param geometry how the layer slides
     * @return a new array shaped as y, of y's dtype
     */
    NDArray addWeightConvolution(
            NDArray y, NDArray x, LowRankTerm term, Shape weight, ConvolutionGeometry geometry);

    /**
     * Returns kernels whose {@link #addLowRank} may write the sum into y, which the caller gives
     * up: for a y that nothing else reads, a recorded gradient included.
     */
    default LoraKernels overwriting() {
        return this;
    }

    /**
     * s B A in float32.
     *
     * @param a [r, in]
     * @param b [out, r]
     * @param scaling s
     * @return [out, in]
     */
    NDArray delta(NDArray a, NDArray b, double scaling);

    /**
     * Returns a number that changes whenever the memory of one of two arrays is written, or 0 at
     * all times where the engine does not tell.
     *
     * @param a an array
     * @param b an array
     */
    default long version(NDArray a, NDArray b) {
        return 0;
    }

    /** Returns whether {@link #version} tells of writes. */
    default boolean tellsVersions() {
        return false;
    }

    /**
     * The lengths ‖W + s B A‖ of the weight's rows, one for each output.
     *
     * @param weight W, any shape with at least two dimensions
     * @param term A [r, ..] and B [.., r, 1..], with as many elements of the product as W has;
     *     without gradients
     * @param outputsLast whether W is [in, out] and B A is read transposed
     * @return [out] in float32, or of a float64 weight in float64
     */
    NDArray norms(NDArray weight, LowRankTerm term, boolean outputsLast);

    /**
     * A = √(S/s) Vᵀ and B = U √(S/s) of the r largest singular values of W = U S Vᵀ.
     *
     * @param weight W, [out, in] or [in, out], in float32 or narrower
     * @param rank r, at most the smaller side
     * @param scaling s, above 0
     * @param outputsLast whether W is [in, out]
     * @param start numbers ~ N(0, 1) [smaller side, r] from which a randomised decomposition
     *     begins; null for an exact one
     * @param iterations of the randomised decomposition
     * @return A [r, in] and B [out, r] in float32
     * @throws UnsupportedOperationException if these kernels cannot decompose
     */
    default NDList principal(
            NDArray weight,
            int rank,
            double scaling,
            boolean outputsLast,
            @Nullable NDArray start,
            int iterations) {
        throw new UnsupportedOperationException(
                "plain NDArray arithmetic has no decomposition by singular values, which PiSSA"
                        + " needs; use an engine's kernels (lora-djl brings PyTorch's)");
    }

    /**
     * A = the first r rows of R and B = the first r columns of Q of W = Q R.
     *
     * @param weight W [out, in], in float32 or narrower
     * @param rank r, at most the smaller side
     * @return A [r, in] and B [out, r] in float32
     * @throws UnsupportedOperationException if these kernels cannot decompose
     */
    default NDList orthogonal(NDArray weight, int rank) {
        throw new UnsupportedOperationException(
                "plain NDArray arithmetic has no QR decomposition, which OLoRA needs; use an"
                        + " engine's kernels (lora-djl brings PyTorch's)");
    }

    /**
     * The left singular vectors of the r smallest singular values of W = U S Vᵀ.
     *
     * @param weight W, [out, in] or [in, out], in float32 or narrower
     * @param rank r, at most the smaller side
     * @param outputsLast whether W is [in, out]
     * @return [out, r] in float32
     * @throws UnsupportedOperationException if these kernels cannot decompose
     */
    default NDArray minor(NDArray weight, int rank, boolean outputsLast) {
        throw new UnsupportedOperationException(
                "plain NDArray arithmetic has no decomposition by singular values, which MiCA"
                        + " needs; use an engine's kernels (lora-djl brings PyTorch's)");
    }

    /**
     * A = V'ᵀ and B = U' S'/s of the r smallest singular values S' of W = U S Vᵀ.
     *
     * @param weight W, [out, in], in float32 or narrower
     * @param rank r, below the smaller side
     * @param scaling s, above 0
     * @return A [r, in] and B [out, r] in float32
     * @throws UnsupportedOperationException if these kernels cannot decompose
     */
    default NDList smallest(NDArray weight, int rank, double scaling) {
        throw new UnsupportedOperationException(
                "plain NDArray arithmetic has no decomposition by singular values, which KaSA"
                        + " needs; use an engine's kernels (lora-djl brings PyTorch's)");
    }

    /**
     * c ∘ (Y - b) + b with c = m / n, computed as c ∘ Y + (1 - c) ∘ b, so that Y is left as it is
     * to the bit where m = n. Where n is 0, c is 1 and m gets no gradient.
     *
     * @param y any shape
     * @param magnitudes m, broadcast over y
     * @param norms n, shaped as m; it has no gradient
     * @param bias b, with as many elements as m, or null
     * @return a new array shaped as y, of y's dtype
     */
    NDArray rescale(NDArray y, NDArray magnitudes, NDArray norms, @Nullable NDArray bias);

    /**
     * Y + (X - Z) for arrays of one shape and dtype: Y itself, to the bit, where X = Z.
     *
     * @param y any shape
     * @param x shaped as y
     * @param z shaped as y
     * @return a new array
     */
    NDArray addDifference(NDArray y, NDArray x, NDArray z);

    /**
     * W + delta, summed in float32 and cast once to W's dtype.
     *
     * @param weight any shape
     * @param delta float32, as many elements
     * @return a new array shaped as weight
     */
    NDArray merge(NDArray weight, NDArray delta);

    /**
     * W + s B A, or W + s (B A)ᵀ, in float32 or wider and cast once to W's dtype.
     *
     * @param w any shape with at least two dimensions
     * @param term A [r, ..] and B [.., r, 1..], with as many elements of the product as W has
     * @param transposed whether W is read as (B A)ᵀ
     * @return a new array shaped as W, of W's manager; gradients reach A and B
     */
    NDArray changeWeight(NDArray w, LowRankTerm term, boolean transposed);

    /**
     * y + s b, b in the dtype of y after the product.
     *
     * @param y [.., out], or [N, out, ..] of a convolution
     * @param bias b, [out]
     * @param scaling s
     * @param channels whether y is that of a convolution
     * @return a new array; gradients reach y and b
     */
    NDArray addBias(NDArray y, NDArray bias, double scaling, boolean channels);

    /**
     * Wₑ + s Bₑ Aₑ, or Wₑ + s (Bₑ Aₑ)ᵀ, of each expert e, in float32 or wider and cast once to W's
     * dtype. Source: get_delta_weight of ParamWrapper in peft/tuners/lora/layer.py.
     *
     * @param w [E, out, in], or transposed [E, in, out]
     * @param term A [r E, in], the rows of expert e from e r on, and B [out, r E], in which column
     *     k E + e is column k of expert e
     * @param transposed whether each expert of W is read as (B A)ᵀ
     * @return a new array shaped as W, of W's manager; gradients reach A and B
     */
    NDArray changeExperts(NDArray w, LowRankTerm term, boolean transposed);

    /**
     * Returns whether no element of an array is NaN or infinite.
     *
     * @param array any shape; it stays as it is
     */
    default boolean isFinite(NDArray array) {
        try (NDManager scope = NDManager.subManagerOf(array)) {
            NDArray detached = array.stopGradient();
            detached.attach(scope);
            NDArray single = detached.toType(DataType.FLOAT32, true);
            single.attach(scope);
            // x - x is 0, and NaN where x is not finite
            return array.size() == 0 || single.sub(single).sum().getFloat() == 0;
        }
    }

    /**
     * Dropout with a mask that was drawn: x ∘ kept / (1 - p) in x's dtype, the factor rounded to
     * float32 and to that dtype.
     *
     * @param x any shape
     * @param kept booleans shaped as x, true where an element is kept
     * @param p the probability that an element was dropped, in [0, 1)
     * @return shaped as x
     */
    NDArray dropout(NDArray x, NDArray kept, double p);

    /**
     * Copies x into an array, in place, cast to its dtype and unseen by autograd.
     *
     * @param into as many elements as x
     * @param x any shape
     */
    void copyInto(NDArray into, NDArray x);
}
