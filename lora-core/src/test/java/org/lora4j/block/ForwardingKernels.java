/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.ConvolutionGeometry;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.NdArrayKernels;

/** Kernels for tests that watch a few of them. */
public class ForwardingKernels implements LoraKernels {
    private final LoraKernels kernels = new NdArrayKernels();

    @Override
    public NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return kernels.linear(x, weight, bias);
    }

    @Override
    public NDArray addLowRank(NDArray y, NDArray x, LowRankTerm term) {
        return kernels.addLowRank(y, x, term);
    }

    @Override
    public NDArray addEmbedding(NDArray y, NDArray ids, LowRankTerm term, long paddingIndex) {
        return kernels.addEmbedding(y, ids, term, paddingIndex);
    }

    @Override
    public NDArray scaleFeatures(NDArray x, NDArray vector) {
        return kernels.scaleFeatures(x, vector);
    }

    @Override
    public NDArray scaleWeight(NDArray weight, NDArray vector, boolean columns) {
        return kernels.scaleWeight(weight, vector, columns);
    }

    @Override
    public NDArray rows(NDArray table, NDArray ids) {
        return kernels.rows(table, ids);
    }

    @Override
    public NDArray replaceRows(
            NDArray y, NDArray ids, NDArray rows, NDArray slots, long paddingPlace) {
        return kernels.replaceRows(y, ids, rows, slots, paddingPlace);
    }

    @Override
    public NDArray replaceColumns(NDArray y, NDArray x, NDArray rows, NDArray columns) {
        return kernels.replaceColumns(y, x, rows, columns);
    }

    @Override
    public NDArray realIds(NDArray ids) {
        return kernels.realIds(ids);
    }

    @Override
    public NDArray virtualRows(NDArray y, NDArray ids, NDArray vectors, double scale) {
        return kernels.virtualRows(y, ids, vectors, scale);
    }

    @Override
    public NDArray encodePrompt(List<NDArray> tensors, int lstmLayers) {
        return kernels.encodePrompt(tensors, lstmLayers);
    }

    @Override
    public NDArray withRows(NDArray table, NDArray rows, NDArray ids) {
        return kernels.withRows(table, rows, ids);
    }

    @Override
    public NDArray addConvolution(
            NDArray y, NDArray x, LowRankTerm term, ConvolutionGeometry geometry) {
        return kernels.addConvolution(y, x, term, geometry);
    }

    @Override
    public NDArray addWeightConvolution(
            NDArray y, NDArray x, LowRankTerm term, Shape weight, ConvolutionGeometry geometry) {
        return kernels.addWeightConvolution(y, x, term, weight, geometry);
    }

    @Override
    public NDArray delta(NDArray a, NDArray b, double scaling) {
        return kernels.delta(a, b, scaling);
    }

    @Override
    public NDArray changeWeight(NDArray w, LowRankTerm term, boolean transposed) {
        return kernels.changeWeight(w, term, transposed);
    }

    @Override
    public NDArray encodePrompt(
            List<NDArray> tensors, int lstmLayers, List<NDArray> masks, double p) {
        return kernels.encodePrompt(tensors, lstmLayers, masks, p);
    }

    @Override
    public NDArray addBias(NDArray y, NDArray bias, double scaling, boolean channels) {
        return kernels.addBias(y, bias, scaling, channels);
    }

    @Override
    public NDArray changeExperts(NDArray w, LowRankTerm term, boolean transposed) {
        return kernels.changeExperts(w, term, transposed);
    }

    @Override
    public NDArray norms(NDArray weight, LowRankTerm term, boolean outputsLast) {
        return kernels.norms(weight, term, outputsLast);
    }

    @Override
    public NDArray rescale(NDArray y, NDArray magnitudes, NDArray norms, @Nullable NDArray bias) {
        return kernels.rescale(y, magnitudes, norms, bias);
    }

    @Override
    public NDArray addDifference(NDArray y, NDArray x, NDArray z) {
        return kernels.addDifference(y, x, z);
    }

    @Override
    public NDArray merge(NDArray weight, NDArray delta) {
        return kernels.merge(weight, delta);
    }

    @Override
    public NDArray dropout(NDArray x, NDArray kept, double p) {
        return kernels.dropout(x, kept, p);
    }

    @Override
    public void copyInto(NDArray into, NDArray x) {
        kernels.copyInto(into, x);
    }
}
