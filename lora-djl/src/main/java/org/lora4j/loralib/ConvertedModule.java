/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lora4j.adapter.AdapterTensorName;
import org.lora4j.adapter.AdapterTensorName.Matrix;

/** One module of a checkpoint as PEFT has it: the same delta, from a plain A and B. */
record ConvertedModule(String path, LoraPair pair, LayerClassifier.Layer layer, double fileAlpha) {
    private static final long MAX_ELEMENTS = 1L << 28;

    /** The enabled slices of a MergedLinear, each with a product of its own; else 1. */
    private int groups() {
        return (int) layer.enable().stream().filter(enabled -> enabled).count();
    }

    private boolean isMerged() {
        return layer.type() == LayerType.MERGED_LINEAR;
    }

    /** PEFT's rank: r·g of a MergedLinear. */
    int rank() {
        return Math.toIntExact(pair.a(0));
    }

    /** PEFT's alpha: alpha·g, since PEFT divides by r·g and loralib by r. */
    double alpha() {
        return isMerged() ? fileAlpha * groups() : fileAlpha;
    }

    ConversionResult.Module result() {
        return new ConversionResult.Module(path, layer.type(), rank(), alpha());
    }

    /** Adds A and B by PEFT's names. */
    void read(NDManager manager, Map<String, NDArray> tensors) throws IOException {
        boolean embedding = layer.type() == LayerType.EMBEDDING;
        Matrix a = embedding ? Matrix.EMBEDDING_A : Matrix.A;
        NDArray b = isMerged() ? blockDiagonal(manager) : pair.b().readFloat32(manager);
        tensors.put(new AdapterTensorName(path, a).toString(), pair.a().readFloat32(manager));
        tensors.put(new AdapterTensorName(path, a.partner()).toString(), b);
    }

    /**
     * B of (out, r·g): rows of the j-th enabled slice have loralib's B in the columns of the j-th r
     * rows of A, and zeros elsewhere, as the rows of slices that are not enabled have.
     */
    private NDArray blockDiagonal(NDManager manager) throws IOException {
        List<Boolean> enable = layer.enable();
        int rank = Math.toIntExact(pair.b(1));
        int groups = groups();
        int slice = Math.toIntExact(pair.b(0) / groups);
        long elements =
                Math.multiplyExact(Math.multiplyExact((long) slice, enable.size()), (long) rank());
        if (elements > MAX_ELEMENTS) {
            throw new IOException(
                    "%s: B would have %d elements, more than %d"
                            .formatted(path, elements, MAX_ELEMENTS));
        }
        float[] source = pair.b().toFloats();
        float[] target = new float[(int) elements];
        int width = rank();
        int group = 0;
        for (int i = 0; i < enable.size(); i++) {
            if (!enable.get(i)) {
                continue;
            }
            for (int row = 0; row < slice; row++) {
                System.arraycopy(
                        source,
                        (group * slice + row) * rank,
                        target,
                        (i * slice + row) * width + group * rank,
                        rank);
            }
            group++;
        }
        return manager.create(target, new Shape((long) enable.size() * slice, width));
    }
}
