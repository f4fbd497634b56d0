/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.GhostBatchNorm;

/**
 * A BatchNorm in the place of another, which does the work.
 *
 * <p>It extends {@link GhostBatchNorm}, the one kind of BatchNorm that DJL lets be extended, so
 * that it fits fields of type BatchNorm, such as those of DJL's transformer blocks; nothing of that
 * class is used.
 */
abstract sealed class WrappedBatchNorm extends GhostBatchNorm
        permits FrozenBatchNorm, PlainBatchNorm {
    final BatchNorm base;

    @SuppressWarnings("this-escape")
    WrappedBatchNorm(BatchNorm base) {
        super(GhostBatchNorm.builder());
        this.base = base;
        parameters.clear();
        describeAsBase();
    }

    /** Takes over the base's description of its inputs. */
    final void describeAsBase() {
        inputShapes = BaseInputs.shapes(base);
        inputNames = BaseInputs.names(base);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return base.getOutputShapes(inputs);
    }
}
