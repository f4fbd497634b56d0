/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.lora4j.torch.Torch;

/** An activation function by the name that config.json gives it (transformers' ACT2FN). */
public enum Activation {
    /** x Φ(x), exact. */
    GELU(Torch::gelu, "gelu", "gelu_python"),
    /** The tanh approximation of GELU. */
    GELU_TANH(Torch::geluTanh, "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate"),
    /** max(x, 0). */
    RELU(Torch::relu, "relu"),
    /** x σ(x). */
    SILU(Torch::silu, "silu", "swish"),
    /** The hyperbolic tangent. */
    TANH(Torch::tanh, "tanh");

    private final UnaryOperator<NDArray> function;
    private final List<String> names;

    Activation(UnaryOperator<NDArray> function, String... names) {
        this.function = function;
        this.names = List.of(names);
    }

    /**
     * Finds an activation.
     *
     * @param name as in config.json
     * @throws IllegalArgumentException if the name is not known
     */
    public static Activation of(String name) {
        for (Activation activation : values()) {
            if (activation.names.contains(name.toLowerCase(Locale.ROOT))) {
                return activation;
            }
        }
        throw new IllegalArgumentException(
                "activation \""
                        + name
                        + "\" is not known; expected one of "
                        + Arrays.stream(values()).flatMap(a -> a.names.stream()).toList());
    }

    /**
     * Applies the function to each element.
     *
     * @param x any shape
     */
    public NDArray apply(NDArray x) {
        return function.apply(x);
    }
}
