/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import ai.djl.ndarray.types.Shape;
import org.lora4j.torch.TensorDtype;

/**
 * An adapter in the code of a rewritten archive.
 *
 * @param target what was asked for, with the form that was chosen
 * @param mode where its term enters
 * @param dtype the dtype of A and B: F64 for weights of F64, else F32
 * @param shapeOfA the shape of A
 * @param shapeOfB the shape of B
 * @param attributeOfA A's path in the rewritten archive, by which DJL lists the parameter
 * @param attributeOfB B's path
 */
public record ScriptAdapter(
        ScriptTarget target,
        ScriptMode mode,
        TensorDtype dtype,
        Shape shapeOfA,
        Shape shapeOfB,
        String attributeOfA,
        String attributeOfB) {
    /** Returns the form that was chosen. */
    public ScriptForm form() {
        ScriptForm form = target.form();
        if (form == null) {
            throw new IllegalStateException("An adapter has a form");
        }
        return form;
    }
}
