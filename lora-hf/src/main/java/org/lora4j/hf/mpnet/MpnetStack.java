/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.mpnet;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.List;
import org.lora4j.hf.encoder.BertLayer;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.encoder.EncoderStack;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.torch.Torch;

/**
 * The layers, and the table of what each head adds to its scores by the distance of two positions
 * [buckets, heads], which all layers share.
 */
final class MpnetStack extends EncoderStack {
    private static final String BUCKETS = "relative_attention_num_buckets";

    private final Slot relative;

    @SuppressWarnings("this-escape")
    MpnetStack(
            List<BertLayer> layers, ModelConfig config, EncoderConfig numbers, Checkpoint weights)
            throws IOException {
        super(layers);
        int buckets = config.integer(BUCKETS, RelativeBuckets.COUNT);
        if (buckets < RelativeBuckets.COUNT) {
            throw ModelConfig.invalid(
                    "%s is %d; expected %d at least, because transformers counts so many whatever"
                            + " the table's size",
                    BUCKETS, buckets, RelativeBuckets.COUNT);
        }
        relative =
                child(
                        "relative_attention_bias",
                        weights.embedding(
                                "mpnet.encoder.relative_attention_bias", buckets, numbers.heads()));
    }

    /** The bias of the longest text: [heads, T, T]. */
    @Override
    protected NDList shared(Pass pass, NDArray ids) {
        int length = Math.toIntExact(ids.getShape().get(1));
        long[] buckets = RelativeBuckets.of(length);
        try (NDArray java = ids.getManager().create(buckets, new Shape(buckets.length))) {
            NDArray which = Torch.copy(java); // a gradient of the table reads it
            NDArray rows = relative.apply(pass, which);
            return new NDList(rows.reshape(length, length, -1).transpose(2, 0, 1));
        }
    }
}
