/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.List;
import org.lora4j.text.PaddedBatch;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchModule;

/** Runs a script on texts. */
final class ScriptPass {
    private static final String LOGITS = "logits";

    private final Model model;
    private final List<ScriptInput> inputs;
    private final ParameterStore store;
    private boolean evaluates;

    ScriptPass(Model model, List<ScriptInput> inputs) {
        this.model = model;
        this.inputs = inputs;
        this.store = new ParameterStore(model.getNDManager(), false);
    }

    /**
     * Returns the arrays of some texts: for each group of like lengths those that the script takes,
     * in its order.
     */
    NDList input(NDManager scope, PaddedBatch texts) {
        NDList arrays = new NDList();
        for (int[] group : groups(texts).groups()) {
            arrays.addAll(rectangle(scope, texts.rows(group)));
        }
        return arrays;
    }

    LengthGroups groups(PaddedBatch texts) {
        return LengthGroups.of(texts, inputs.contains(ScriptInput.MASK));
    }

    private NDList rectangle(NDManager scope, PaddedBatch texts) {
        Shape shape = new Shape(texts.rows(), texts.columns());
        NDList arrays = new NDList();
        for (ScriptInput input : inputs) {
            long[] values =
                    switch (input) {
                        case IDS -> texts.ids();
                        case MASK -> texts.attentionMask();
                        case TYPES -> texts.typeIds();
                    };
            arrays.add(scope.create(values, shape));
        }
        return arrays;
    }

    /** Runs a step of a training: [B, C], float32, in the order of the groups. */
    NDArray train(NDList arrays) {
        NDList logits = new NDList();
        for (int i = 0; i < arrays.size(); i += inputs.size()) {
            NDList group = arrays.subNDList(i, i + inputs.size());
            logits.add(logits(model.getBlock().forward(store, group, true)));
        }
        return logits.size() == 1 ? logits.head() : NDArrays.concat(logits);
    }

    /** Runs texts as at inference: [B, C], float32. */
    NDArray evaluate(NDManager scope, PaddedBatch texts) {
        LengthGroups groups = groups(texts);
        NDList logits = new NDList();
        for (int[] group : groups.groups()) {
            logits.add(logits(evaluate(rectangle(scope, texts.rows(group)))));
        }
        NDArray all = logits.size() == 1 ? logits.head() : NDArrays.concat(logits);
        return all.get(scope.create(groups.places()));
    }

    /** Runs texts as at inference, all padded to the longest: [B, C], float32. */
    NDArray evaluatePadded(NDManager scope, PaddedBatch texts) {
        return logits(evaluate(rectangle(scope, texts)));
    }

    private NDList evaluate(NDList arrays) {
        Block block = model.getBlock();
        if (!TorchModule.isOne(block)) {
            return block.forward(store, arrays, false);
        }
        if (!evaluates) { // DJL's call sets the mode, and lets the optimiser of graphs in
            block.forward(store, arrays, false).close();
            evaluates = true;
        }
        return TorchModule.evaluate(block, arrays);
    }

    /** Takes the output called logits, else the first; numbers without a column get one. */
    private static NDArray logits(NDList outputs) {
        NDArray found = outputs.head();
        for (NDArray output : outputs) {
            if (output.getName() != null && output.getName().startsWith(LOGITS)) {
                found = output;
            }
        }
        NDArray single = found.getShape().dimension() == 1 ? found.expandDims(1) : found;
        return single.getDataType() == DataType.FLOAT32 ? single : Torch.toFloat32(single);
    }
}
