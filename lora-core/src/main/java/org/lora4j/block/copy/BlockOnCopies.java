/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import java.io.DataOutputStream;
import java.io.IOException;
import org.lora4j.block.LoraContext;

/** A {@link CopyHost} that need not be of the base's class. */
public abstract sealed class BlockOnCopies extends AbstractBlock implements CopyHost
        permits SavedModule, TrainedBiases {
    private final Copied copied;

    @SuppressWarnings("this-escape")
    BlockOnCopies(String path, Block base, LoraContext context) {
        copied = new Copied(path, base, context, parameters, children);
        inputShapes = BaseInputs.shapes(base);
        inputNames = BaseInputs.names(base);
    }

    @Override
    public Copied copied() {
        return copied;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return base().getOutputShapes(inputs);
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the copies have their arrays
        context().trained().restore();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        copied.save(os);
    }
}
