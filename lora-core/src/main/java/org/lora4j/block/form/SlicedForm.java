/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Collections;
import java.util.List;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;

/**
 * loralib's MergedLinear: the outputs are n equal slices (a fused q, k, v), g of them enabled, and
 * each enabled slice has a pair of its own. A [r g, in] holds their As one above the other, B
 * [out/n g, r] their Bs; slices that are not enabled do not change. It is the plain form with rank
 * r g and a block-diagonal B [out, r g], and is computed as that.
 *
 * @param whole the plain form
 * @param enable which slices are enabled
 */
public record SlicedForm(LinearForm whole, List<Boolean> enable) implements LowRankForm {
    /** Checks that the outputs can be divided. */
    public static SlicedForm of(String path, LinearForm whole, List<Boolean> enable) {
        if (whole.out() % enable.size() != 0) {
            throw new IllegalArgumentException(
                    ("%s has %s outputs, which cannot be divided into %s equal slices; give as"
                                    + " many flags to optEnableLora as the layer has slices")
                            .formatted(path, whole.out(), enable.size()));
        }
        return new SlicedForm(whole, enable);
    }

    int groups() {
        return Collections.frequency(enable, true);
    }

    private long slice() {
        return whole.out() / enable.size();
    }

    @Override
    public Shape shapeA(int rank) {
        return new Shape((long) rank * groups(), whole.in());
    }

    @Override
    public Shape shapeB(int rank) {
        return new Shape(slice() * groups(), rank);
    }

    @Override
    public NDArray delta(LoraKernels kernels, LowRankTerm term) {
        try (NDManager scope = term.b().getManager().newSubManager()) {
            LowRankTerm plain = term.withB(diagonal(scope, term.b()));
            NDArray delta = whole.delta(kernels, plain);
            delta.attach(term.a().getManager());
            return delta;
        }
    }

    @Override
    public NDArray add(LoraKernels kernels, NDArray y, NDArray x, LowRankTerm term) {
        try (NDManager scope = y.getManager().newSubManager()) {
            LowRankTerm plain = term.withB(diagonal(scope, term.b()));
            return whole.add(kernels, y, x, plain);
        }
    }

    @Override
    public NDArray plainB(NDManager manager, NDArray b) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray plain = diagonal(scope, b);
            if (plain != b) {
                plain.attach(manager);
            }
            return plain;
        }
    }

    /** The rows of one enabled slice; of all of them, b itself, which stays where it is. */
    private NDArray rows(NDManager scope, NDArray b, int group) {
        if (groups() == 1) {
            return b;
        }
        NDArray own = b.get(new NDIndex("{}:{}", group * slice(), (group + 1) * slice()));
        own.attach(scope);
        return own;
    }

    /** B of (out, r g), differentiable: b itself, or an array of the scope. */
    private NDArray diagonal(NDManager scope, NDArray b) {
        if (enable.size() == 1) {
            return b;
        }
        long rank = b.getShape().get(1);
        long width = rank * groups();
        NDList rows = new NDList();
        int group = 0;
        for (boolean enabled : enable) {
            if (!enabled) {
                rows.add(scope.zeros(new Shape(slice(), width), DataType.FLOAT32));
                continue;
            }
            NDArray own = rows(scope, b, group);
            NDList row = new NDList();
            if (group > 0) {
                row.add(scope.zeros(new Shape(slice(), rank * group), DataType.FLOAT32));
            }
            row.add(own);
            group++;
            if (group < groups()) {
                long after = width - rank * group;
                row.add(scope.zeros(new Shape(slice(), after), DataType.FLOAT32));
            }
            if (row.size() > 1) {
                own = NDArrays.concat(row, 1);
                own.attach(scope);
            }
            rows.add(own);
        }
        NDArray diagonal = NDArrays.concat(rows, 0);
        diagonal.attach(scope);
        return diagonal;
    }
}
