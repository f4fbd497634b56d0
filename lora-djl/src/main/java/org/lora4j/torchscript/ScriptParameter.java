/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import ai.djl.ndarray.types.Shape;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.TensorDtype;

/**
 * A tensor of a module, and whether it can be adapted.
 *
 * @param name its attribute
 * @param storageType torch's storage class, such as FloatStorage
 * @param dtype the elements, or null for quantised ones
 * @param shape the dimensions
 * @param trainable whether the module lists it as a parameter, not a buffer
 * @param adaptation how it can be adapted, or null
 * @param reason why it cannot be adapted, or what its mode is due to; empty for activation mode
 */
public record ScriptParameter(
        String name,
        String storageType,
        @Nullable TensorDtype dtype,
        Shape shape,
        boolean trainable,
        @Nullable Adaptation adaptation,
        String reason) {
    /**
     * A way to adapt a parameter.
     *
     * @param mode where the term enters
     * @param form how A and B change the weight
     */
    public record Adaptation(ScriptMode mode, ScriptForm form) {}

    /** Returns how the parameter can be adapted, or empty. */
    public Optional<Adaptation> adaptable() {
        return Optional.ofNullable(adaptation);
    }
}
