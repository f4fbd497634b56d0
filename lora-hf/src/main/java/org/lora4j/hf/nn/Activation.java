/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import java.util.Locale;
import java.util.Map;
import org.lora4j.torch.Torch;

/** An activation function by the name that config.json gives it (transformers' ACT2FN). */
public enum Activation {
    /** x Φ(x), exact. */
    GELU,
    /** The tanh approximation of GELU. */
    GELU_TANH,
    /** max(x, 0). */
    RELU,
    /** x σ(x). */
    SILU,
    /** The hyperbolic tangent. */
    TANH;

    private static final Map<String, Activation> NAMES =
            Map.of(
                    "gelu", GELU,
                    "gelu_python", GELU,
                    "gelu_new", GELU_TANH,
                    "gelu_pytorch_tanh", GELU_TANH,
                    "gelu_accurate", GELU_TANH,
                    "gelu_fast", GELU_TANH,
                    "relu", RELU,
                    "silu", SILU,
                    "swish", SILU,
                    "tanh", TANH);

    /**
     * Finds an activation.
     *
     * @param name as in config.json
     * @throws IllegalArgumentException if the name is not known
     */
    public static Activation of(String name) {
        Activation found = NAMES.get(name.toLowerCase(Locale.ROOT));
        if (found == null) {
            throw new IllegalArgumentException(
                    "activation \"%s\" is not known; expected one of %s"
                            .formatted(name, NAMES.keySet().stream().sorted().toList()));
        }
        return found;
    }

    /**
     * Applies the function to each element.
     *
     * @param x any shape
     */
    public NDArray apply(NDArray x) {
        return switch (this) {
            case GELU -> Torch.gelu(x);
            case GELU_TANH -> Torch.geluTanh(x);
            case RELU -> Torch.relu(x);
            case SILU -> Torch.silu(x);
            case TANH -> Torch.tanh(x);
        };
    }
}
