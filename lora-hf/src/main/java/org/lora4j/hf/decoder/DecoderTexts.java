/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import java.util.stream.LongStream;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;

/** Runs a decoder's blocks on texts that are laid out as an encoder's are. */
final class DecoderTexts {
    private DecoderTexts() {}

    /** Returns the paths of modules that only name others, and are never run as one block. */
    static List<String> frames(DecoderNames names) {
        return List.of(names.body(), names.body() + "." + names.layers());
    }

    /**
     * Makes the first layer's input; positions count a text's own tokens from 0.
     *
     * @param inputs token ids [B, T], token types, which are not read, and the places of the tokens
     *     in them [N]
     * @return hidden states [N, H]; then what the layers of the body need beside them
     */
    static NDList embed(DecoderBody body, Pass pass, NDList inputs) {
        NDArray ids = inputs.get(0);
        long columns = ids.getShape().get(1);
        long[] places = inputs.get(2).toLongArray();
        long[] positions = new long[places.length];
        LongStream.Builder lengths = LongStream.builder();
        int first = 0;
        for (int i = 1; i <= places.length; i++) {
            if (i == places.length || places[i] / columns != places[first] / columns) {
                lengths.add(i - first);
                first = i;
            } else {
                positions[i] = (long) i - first;
            }
        }
        NDArray rows = Sequences.take(ids.flatten(), inputs.get(2));
        NDArray sizes = copied(ids, lengths.build().toArray()).toDevice(Device.cpu(), false);
        return body.embed(pass, new NDList(rows, copied(ids, positions), sizes));
    }

    /** Numbers in memory of libtorch's own, which gradients read after this pass. */
    private static NDArray copied(NDArray like, long[] numbers) {
        try (NDArray java = like.getManager().create(numbers)) {
            return Torch.copy(java);
        }
    }

    /** Runs a layer on hidden states, the arrays of their layout, and what the layers share. */
    static NDArray layer(DecoderBody body, int index, Pass pass, NDList hidden) {
        NDList state = new NDList(hidden.get(0)).addAll(new TokenRows(hidden).shared());
        return body.layer(index, pass, state);
    }
}
