/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import ai.djl.ndarray.NDArray;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Checkpoints made by tools/goldens/make_loralib_checkpoints.py, and what to hold them against. */
final class Checkpoints {
    private Checkpoints() {}

    static Path golden(String name) {
        URL url = Objects.requireNonNull(Checkpoints.class.getResource("/golden/loralib/" + name));
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** scaling · B·A in double precision, or its transpose. */
    static double[] product(NDArray b, NDArray a, double scaling, boolean transposed) {
        float[] left = b.toFloatArray();
        float[] right = a.toFloatArray();
        int out = (int) b.getShape().get(0);
        int rank = (int) b.getShape().get(1);
        int in = (int) a.getShape().get(1);
        double[] product = new double[out * in];
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < in; i++) {
                double sum = 0;
                for (int r = 0; r < rank; r++) {
                    sum += (double) left[o * rank + r] * right[r * in + i];
                }
                product[transposed ? i * out + o : o * in + i] = sum * scaling;
            }
        }
        return product;
    }
}
