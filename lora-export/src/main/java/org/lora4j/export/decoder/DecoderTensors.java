/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lora4j.export.gguf.GgufFile;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.torch.Torch;

/**
 * A decoder's weights as tensors of a GGUF file.
 *
 * @param family what the family is to llama.cpp
 * @param heads the heads of queries
 * @param keyHeads the heads of keys
 */
public record DecoderTensors(LlamaCppFamily family, int heads, int keyHeads) {
    /**
     * Adds all weights.
     *
     * @param file the file
     * @param weights the weights
     * @param type how matrices are stored; vectors, normalisations and tables of positions are
     *     always float32
     * @throws IOException if llama.cpp's model has no place for one
     */
    public void addTo(GgufFile file, WeightSource weights, GgufType type) throws IOException {
        List<String> strange = new ArrayList<>();
        for (Map.Entry<String, Shape> weight : weights.shapes().entrySet()) {
            String path = weight.getKey();
            int dot = path.lastIndexOf('.');
            String kind = path.substring(dot);
            String module = family.names().of(path.substring(0, dot)).orElse("");
            if (module.isEmpty() || (kind.equals(".bias") && !family.mayHaveBias(module))) {
                strange.add(path);
                continue;
            }
            Shape shape = weight.getValue();
            boolean turned = family.turned() && isLinear(module, shape);
            file.tensor(
                    module + kind,
                    turned ? new Shape(shape.get(1), shape.get(0)) : shape,
                    typeOf(module, shape, type),
                    use -> {
                        try (NDManager scope = weights.manager().newSubManager()) {
                            NDArray array = weights.read(scope, path);
                            use.take(arranged(scope, module, array, turned));
                        }
                    });
        }
        if (!strange.isEmpty()) {
            throw new IOException(
                    ("%s: llama.cpp's %s has no such weights; a model with them cannot be a GGUF"
                                    + " file")
                            .formatted(strange, family.architecture()));
        }
    }

    private static GgufType typeOf(String module, Shape shape, GgufType asked) {
        boolean full =
                shape.dimension() < 2 || module.endsWith("_norm") || module.equals("position_embd");
        return full ? GgufType.F32 : asked;
    }

    private static boolean isLinear(String module, Shape shape) {
        return shape.dimension() == 2
                && module.startsWith("blk."); // tables and the projection lie as elsewhere
    }

    private NDArray arranged(NDManager scope, String module, NDArray array, boolean turned) {
        NDArray own = array;
        if (turned) {
            own = own.transpose();
        } else if (family.shifted() && module.endsWith("_norm")) {
            own = Torch.toFloat32(own).add(1f);
        } else if (family.permuted() && module.endsWith(".attn_q")) {
            own = permuted(own, heads);
        } else if (family.permuted() && module.endsWith(".attn_k")) {
            own = permuted(own, keyHeads);
        }
        own.attach(scope);
        return own;
    }

    /**
     * Puts the rows of heads from halves into pairs: row i of the first half of a head becomes row
     * 2i, row i of the second half row 2i + 1.
     *
     * @param rows [heads · d, ...]
     * @param heads how many heads
     */
    static NDArray permuted(NDArray rows, int heads) {
        long[] shape = rows.getShape().getShape();
        long half = shape[0] / heads / 2;
        long rest = rows.size() / shape[0];
        return rows.reshape(heads, 2, half, rest).transpose(0, 2, 1, 3).reshape(new Shape(shape));
    }
}
