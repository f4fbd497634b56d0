/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.flow;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/** What a variable of a method holds, as far as weights are concerned. */
public sealed interface FlowValue {
    /** Anything else, or different things at different times. */
    enum Unknown implements FlowValue {
        /** The only one. */
        VALUE
    }

    /**
     * A module.
     *
     * @param module the module
     */
    record ModuleValue(Instance module) implements FlowValue {}

    /** A tensor of the archive: what an adapter can change. */
    sealed interface Weight extends FlowValue permits AttributeWeight, ConstantWeight {
        /** Returns the tensor. */
        ScriptTensor tensor();
    }

    /**
     * A tensor that is an attribute of a module.
     *
     * @param owner the module
     * @param name the attribute
     * @param tensor the tensor
     */
    record AttributeWeight(Instance owner, String name, ScriptTensor tensor) implements Weight {}

    /**
     * A list of tensors that is an attribute of a module, such as a scripted LSTM's weights.
     *
     * @param owner the module
     * @param name the attribute
     * @param weights for each tensor the module's attribute that is the same tensor, or null
     */
    record WeightList(Instance owner, String name, List<@Nullable AttributeWeight> weights)
            implements FlowValue {}

    /**
     * A constant of the code.
     *
     * @param name its name, such as c0
     * @param tensor the tensor
     */
    record ConstantWeight(String name, ScriptTensor tensor) implements Weight {}
}
