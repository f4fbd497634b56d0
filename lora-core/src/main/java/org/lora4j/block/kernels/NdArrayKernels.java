/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.kernels;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic in plain NDArray operations, for any DJL engine.
 *
 * <p>Activations and weights must be float32 or float64, as A and B are: DJL's own casts are not
 * differentiable, so other dtypes need an engine's kernels.
 */
public final class NdArrayKernels implements LoraKernels {
    @Override
    public NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return bias == null
                ? Linear.linear(x, weight).singletonOrThrow()
                : Linear.linear(x, weight, bias).singletonOrThrow();
    }

    @Override
    public NDArray addLowRank(NDArray y, NDArray x, LowRankTerm term) {
        checkEqual(x, term.a());
        NDArray diagonal = term.diagonal();
        if (diagonal != null) {
            try (NDArray columns = scaleFeatures(term.b(), diagonal)) {
                return addLowRank(y, x, term.withB(columns));
            }
        }
        // x and y stay where they are: another thread may be reading them
        try (NDArray down = Linear.linear(x, term.a()).singletonOrThrow();
                NDArray up = Linear.linear(down, term.b()).singletonOrThrow();
                NDArray scaled = times(up, term.scaling())) {
            return y.add(scaled);
        }
    }

    @Override
    public NDArray addEmbedding(NDArray y, NDArray ids, LowRankTerm term, long paddingIndex) {
        checkEqual(y, term.a());
        NDManager owner = y.getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDArray table = term.a().transpose();
            table.attach(scope);
            NDArray rows = Embedding.embedding(ids, table, SparseFormat.DENSE).singletonOrThrow();
            rows.attach(scope);
            if (paddingIndex >= 0) {
                NDArray padding = ids.eq(paddingIndex);
                padding.attach(scope);
                NDArray is = padding.toType(rows.getDataType(), true).expandDims(-1);
                // the value of every row, the gradient of those that are not padding
                rows = rows.mul(is.neg().add(1)).add(rows.stopGradient().mul(is));
            }
            NDArray up = Linear.linear(rows, term.b()).singletonOrThrow();
            NDArray sum = y.add(times(up, term.scaling()));
            sum.attach(owner);
            return sum;
        }
    }

    @Override
    public NDArray scaleFeatures(NDArray x, NDArray vector) {
        checkEqual(x, vector);
        if (vector.getShape().dimension() > 2) {
            return x.mul(vector);
        }
        try (NDArray flat = vector.flatten()) {
            return x.mul(flat);
        }
    }

    @Override
    public NDArray scaleWeight(NDArray weight, NDArray vector, boolean columns) {
        try (NDManager scope = NDManager.subManagerOf(weight)) {
            NDArray plain = weight.stopGradient();
            plain.attach(scope);
            NDArray factor =
                    vector.stopGradient().reshape(columns ? new Shape(-1) : new Shape(-1, 1));
            factor.attach(scope);
            NDArray product = copyIn(scope, plain).mul(factor);
            return weight.getManager().ret(product.toType(weight.getDataType(), true));
        }
    }

    @Override
    public NDArray rows(NDArray table, NDArray ids) {
        try (NDManager scope = NDManager.subManagerOf(table)) {
            NDArray plain = table.stopGradient();
            plain.attach(scope);
            NDArray rows = plain.get(new NDIndex("{}", ids));
            rows.attach(scope);
            boolean narrow = table.getDataType() == DataType.FLOAT16;
            return table.getManager()
                    .ret(narrow ? rows.toType(DataType.FLOAT32, true) : rows.duplicate());
        }
    }

    @Override
    public NDArray replaceRows(
            NDArray y, NDArray ids, NDArray rows, NDArray slots, long paddingPlace) {
        checkEqual(y, rows);
        NDManager owner = y.getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDArray at = slots.get(new NDIndex("{}", ids.flatten())).reshape(ids.getShape());
            at.attach(scope);
            NDArray place = at.maximum(0);
            place.attach(scope);
            NDArray other = Embedding.embedding(place, rows, SparseFormat.DENSE).singletonOrThrow();
            other.attach(scope);
            NDArray found = at.gte(0).toType(y.getDataType(), true).expandDims(-1);
            found.attach(scope);
            NDArray trains = found;
            if (paddingPlace >= 0) {
                trains =
                        found.mul(
                                at.neq(paddingPlace).toType(y.getDataType(), true).expandDims(-1));
            }
            NDArray fixed = other.stopGradient().mul(found.sub(trains));
            NDArray sum = y.mul(found.neg().add(1)).add(other.mul(trains)).add(fixed);
            sum.attach(owner);
            return sum;
        }
    }

    @Override
    public NDArray replaceColumns(NDArray y, NDArray x, NDArray rows, NDArray columns) {
        checkEqual(y, rows);
        NDManager owner = y.getManager();
        try (NDManager scope = owner.newSubManager()) {
            long entries = y.getShape().get(y.getShape().dimension() - 1);
            // one-hot rows carry each product to its column
            NDArray hot = columns.oneHot(Math.toIntExact(entries), y.getDataType());
            hot.attach(scope);
            NDArray products = Linear.linear(x, rows).singletonOrThrow().dot(hot);
            products.attach(scope);
            NDArray kept = hot.sum(new int[] {0}).neg().add(1);
            NDArray sum = y.mul(kept).add(products);
            sum.attach(owner);
            return sum;
        }
    }

    @Override
    public NDArray realIds(NDArray ids) {
        return ids.maximum(0);
    }

    @Override
    public NDArray virtualRows(NDArray y, NDArray ids, NDArray vectors, double scale) {
        checkEqual(y, vectors);
        NDManager owner = y.getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDArray place = ids.neg().sub(1).maximum(0);
            place.attach(scope);
            NDArray rows =
                    Embedding.embedding(place, vectors, SparseFormat.DENSE).singletonOrThrow();
            rows.attach(scope);
            NDArray is = ids.lt(0).toType(y.getDataType(), true).expandDims(-1);
            is.attach(scope);
            NDArray sum = y.mul(is.neg().add(1)).add(times(rows.mul(is), scale));
            sum.attach(owner);
            return sum;
        }
    }

    @Override
    public NDArray encodePrompt(List<NDArray> tensors, int lstmLayers) {
        if (lstmLayers > 0) {
            throw new UnsupportedOperationException(
                    "DJL's own operations run no LSTM of a prompt; expected PyTorch's");
        }
        NDArray x = tensors.get(0);
        for (int i = 1; i < tensors.size(); i += 2) {
            x = Linear.linear(x, tensors.get(i), tensors.get(i + 1)).singletonOrThrow();
            x = i + 2 < tensors.size() ? Activation.relu(x) : x;
        }
        return x;
    }

    @Override
    public NDArray encodePrompt(
            List<NDArray> tensors, int lstmLayers, List<NDArray> masks, double p) {
        return encodePrompt(tensors, lstmLayers);
    }

    @Override
    public NDArray withRows(NDArray table, NDArray rows, NDArray ids) {
        try (NDManager scope = NDManager.subManagerOf(table)) {
            NDArray plain = table.stopGradient();
            plain.attach(scope);
            NDArray copy = plain.duplicate();
            copy.attach(scope);
            NDArray cast = rows.toType(table.getDataType(), true);
            cast.attach(scope);
            long[] places = ids.toLongArray();
            for (int i = 0; i < places.length; i++) {
                copy.set(new NDIndex(places[i]), cast.get(i));
            }
            return table.getManager().ret(copy);
        }
    }

    @Override
    public NDArray addConvolution(
            NDArray y, NDArray x, LowRankTerm term, ConvolutionGeometry geometry) {
        checkEqual(x, term.a());
        try (NDArray down = convolve(x, term.a(), geometry.withGroups(1));
                NDArray up = convolve(down, term.b(), geometry.point(geometry.groups()));
                NDArray scaled = times(up, term.scaling())) {
            return y.add(scaled);
        }
    }

    @Override
    public NDArray addWeightConvolution(
            NDArray y, NDArray x, LowRankTerm term, Shape weight, ConvolutionGeometry geometry) {
        checkEqual(x, term.a());
        try (NDArray flat = term.b().matMul(term.a());
                NDArray change = flat.reshape(weight);
                NDArray up = convolve(x, change, geometry);
                NDArray scaled = times(up, term.scaling())) {
            return y.add(scaled);
        }
    }

    private static NDArray convolve(NDArray x, NDArray weight, ConvolutionGeometry geometry) {
        NDList result =
                x.getNDArrayInternal()
                        .convolution(
                                x,
                                weight,
                                null,
                                geometry.stride(),
                                geometry.padding(),
                                geometry.dilation(),
                                geometry.groups());
        return result.singletonOrThrow();
    }

    private static void checkEqual(NDArray x, NDArray a) {
        if (x.getDataType() != a.getDataType()) {
            throw new IllegalStateException(
                    ("the activation is %s and the adapter %s; plain NDArray arithmetic expects"
                                    + " them equal, since DJL cannot cast differentiably. Use an"
                                    + " engine's kernels (lora-djl brings PyTorch's)")
                            .formatted(x.getDataType(), a.getDataType()));
        }
    }

    @Override
    public NDArray delta(NDArray a, NDArray b, double scaling) {
        try (NDManager scope = NDManager.subManagerOf(a)) {
            NDArray left = copyIn(scope, b);
            NDArray right = copyIn(scope, a);
            return a.getManager().ret(left.matMul(right).mul(scaling));
        }
    }

    @Override
    public NDArray changeWeight(NDArray w, LowRankTerm term, boolean transposed) {
        checkEqual(w, term.a());
        long rank = term.a().getShape().get(0);
        try (NDManager scope = NDManager.subManagerOf(w)) {
            NDArray a = term.a().reshape(rank, -1);
            a.attach(scope);
            NDArray b = term.b().reshape(-1, rank);
            b.attach(scope);
            NDArray change = b.matMul(a);
            change.attach(scope);
            NDArray scaled = times(transposed ? change.transpose() : change, term.scaling());
            scaled.attach(scope);
            NDArray sum = w.add(scaled.reshape(w.getShape()));
            sum.attach(w.getManager());
            return sum;
        }
    }

    @Override
    public NDArray addBias(NDArray y, NDArray bias, double scaling, boolean channels) {
        checkEqual(y, bias);
        long[] sides = new long[y.getShape().dimension()];
        Arrays.fill(sides, 1);
        sides[channels ? 1 : sides.length - 1] = -1;
        try (NDArray scaled = times(bias, scaling);
                NDArray shaped = scaled.reshape(sides)) {
            return y.add(shaped);
        }
    }

    @Override
    public NDArray changeExperts(NDArray w, LowRankTerm term, boolean transposed) {
        checkEqual(w, term.a());
        long experts = w.getShape().get(0);
        try (NDManager scope = NDManager.subManagerOf(w)) {
            NDArray a = term.a().reshape(experts, -1, term.a().getShape().get(1));
            a.attach(scope);
            NDArray b = term.b().reshape(term.b().getShape().get(0), -1, experts);
            b.attach(scope);
            NDArray left = b.transpose(2, 0, 1);
            left.attach(scope);
            NDArray change = left.matMul(a);
            change.attach(scope);
            NDArray scaled = times(transposed ? change.transpose(0, 2, 1) : change, term.scaling());
            scaled.attach(scope);
            NDArray sum = w.add(scaled);
            sum.attach(w.getManager());
            return sum;
        }
    }

    @Override
    public NDArray norms(NDArray weight, LowRankTerm term, boolean outputsLast) {
        NDManager owner = weight.getManager();
        long rank = term.a().getShape().get(0);
        try (NDManager scope = owner.newSubManager()) {
            NDArray a = copyIn(scope, term.a()).reshape(rank, -1);
            NDArray b = copyIn(scope, term.b()).reshape(-1, rank);
            NDArray change = b.matMul(a).mul(term.scaling());
            if (outputsLast) {
                change = change.transpose();
            }
            Shape shape = weight.getShape();
            NDArray sum = copyIn(scope, weight).add(change.reshape(shape));
            NDArray rows = outputsLast ? sum.transpose() : sum.reshape(shape.get(0), -1);
            NDArray norms = rows.square().sum(new int[] {1}).sqrt();
            norms.attach(owner);
            return norms;
        }
    }

    @Override
    public NDArray rescale(NDArray y, NDArray magnitudes, NDArray norms, @Nullable NDArray bias) {
        checkEqual(y, magnitudes);
        NDManager owner = y.getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDArray n = norms.toType(y.getDataType(), true);
            n.attach(scope);
            NDArray zero = n.eq(0).toType(y.getDataType(), true);
            zero.attach(scope);
            NDArray one = zero.neg().add(1);
            NDArray c = magnitudes.mul(one).div(n.add(zero)).add(zero);
            c.attach(scope);
            NDArray scaled = y.mul(c);
            if (bias != null) {
                scaled.attach(scope);
                NDArray b = bias.reshape(magnitudes.getShape());
                b.attach(scope);
                scaled = scaled.add(b.mul(c.neg().add(1)));
            }
            scaled.attach(owner);
            return scaled;
        }
    }

    @Override
    public NDArray addDifference(NDArray y, NDArray x, NDArray z) {
        try (NDArray difference = x.sub(z)) {
            return y.add(difference);
        }
    }

    @Override
    public NDArray merge(NDArray weight, NDArray delta) {
        Shape shape = weight.getShape();
        try (NDManager scope = NDManager.subManagerOf(weight)) {
            NDArray sum = copyIn(scope, weight).add(delta.reshape(shape));
            NDArray cast = sum.toType(weight.getDataType(), true);
            return weight.getManager().ret(cast);
        }
    }

    @Override
    public NDArray dropout(NDArray x, NDArray kept, double p) {
        try (NDArray ones = kept.toType(DataType.FLOAT32, true);
                NDArray mask = ones.mul((float) (1 / (1 - p)))) {
            return x.mul(mask);
        }
    }

    @Override
    public void copyInto(NDArray into, NDArray x) {
        try (NDManager scope = NDManager.subManagerOf(x)) {
            NDArray view = into.stopGradient();
            view.attach(scope);
            NDArray cast = x.toType(into.getDataType(), true);
            cast.attach(scope);
            view.set(new NDIndex("..."), cast.reshape(into.getShape()));
        }
    }

    /**
     * c x, whose gradient reads c. DJL's own product with a number keeps c in memory of Java's,
     * which is gone when the backward pass reads it.
     */
    private static NDArray times(NDArray x, double c) {
        try (NDArray number = x.getManager().create(c);
                NDArray cast = number.toType(x.getDataType(), true);
                NDArray own = cast.duplicate()) {
            return x.mul(own);
        }
    }

    private static NDArray copyIn(NDManager scope, NDArray array) {
        NDArray copy = array.toType(DataType.FLOAT32, true);
        copy.attach(scope);
        return copy;
    }
}
