/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.script;

import ai.djl.nn.Parameter;
import org.lora4j.block.form.WeightForm;
import org.lora4j.torchscript.ScriptForm;
import org.lora4j.torchscript.ScriptMode;
import org.lora4j.torchscript.ScriptTarget;

/**
 * A weight of a TorchScript module that can be adapted.
 *
 * @param path what an adapter calls it, below the module's block
 * @param module the path of its layer in the script
 * @param name what the layer calls it
 * @param type the class of the layer, such as "Linear"
 * @param weight the weight; for a constant of a frozen model, a copy
 * @param mode where the low-rank term enters
 * @param form how A and B change it
 */
public record ScriptSite(
        String path,
        String module,
        String name,
        String type,
        Parameter weight,
        ScriptMode mode,
        ScriptForm form) {
    /** Returns the kind of layer, as tables name it. */
    public String kind() {
        return type + (mode == ScriptMode.WEIGHT ? ", TorchScript weight" : ", TorchScript");
    }

    /** Returns how the weight is read. */
    public WeightForm.Layout layout() {
        return switch (form) {
            case LINEAR -> WeightForm.Layout.MATRIX;
            case TRANSPOSED -> WeightForm.Layout.TRANSPOSED;
            case EMBEDDING -> WeightForm.Layout.TABLE;
            case CONVOLUTION -> WeightForm.Layout.KERNEL;
        };
    }

    /** Returns whether the term sees the layer's input, which it can drop. */
    public boolean dropsInput() {
        return mode == ScriptMode.ACTIVATION && form != ScriptForm.EMBEDDING;
    }

    /** Returns whether it is a linear layer's own weight. */
    public boolean isLinear() {
        return (form == ScriptForm.LINEAR || form == ScriptForm.TRANSPOSED)
                && mode == ScriptMode.ACTIVATION;
    }

    ScriptTarget target(int rank, double scaling, double dropout) {
        return new ScriptTarget(module, name, rank, scaling, dropsInput() ? dropout : 0, form);
    }
}
