/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.flow.FlowValue.AttributeWeight;
import org.lora4j.torchscript.flow.FlowValue.WeightList;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptValue;
import org.lora4j.torchscript.pickle.ScriptValue.Call;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;
import org.lora4j.torchscript.pickle.ScriptValue.Sequence;

/** Attributes that are lists of tensors. */
final class TensorLists {
    private TensorLists() {}

    /** The tensors of a value, empty if it is no list of tensors alone. */
    static List<ScriptTensor> of(ScriptValue value) {
        ScriptValue list = value;
        if (value instanceof Call call
                && call.function().module().equals("torch.jit._pickle")
                && !call.arguments().items().isEmpty()) {
            list = call.arguments().items().get(0); // restore_type_tag, build_tensorlist
        }
        List<ScriptTensor> tensors = new ArrayList<>();
        if (list instanceof Sequence sequence) {
            for (ScriptValue item : sequence.items()) {
                if (!(item instanceof ScriptTensor tensor)) {
                    return List.of();
                }
                tensors.add(tensor);
            }
        }
        return tensors;
    }

    static WeightList value(Instance owner, String name, List<ScriptTensor> tensors) {
        List<@Nullable AttributeWeight> weights = new ArrayList<>();
        for (ScriptTensor tensor : tensors) {
            weights.add(attribute(owner, tensor));
        }
        return new WeightList(owner, name, weights);
    }

    private static @Nullable AttributeWeight attribute(Instance owner, ScriptTensor tensor) {
        for (Map.Entry<String, ScriptValue> one : Program.attributes(owner).entrySet()) {
            if (one.getValue() instanceof ScriptTensor other && other.sameElements(tensor)) {
                return new AttributeWeight(owner, one.getKey(), other);
            }
        }
        return null;
    }
}
