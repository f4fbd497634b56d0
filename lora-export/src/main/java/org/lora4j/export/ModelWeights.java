/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import ai.djl.ndarray.NDArray;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.model.ModelTensors;

/** A model's weights by their names in transformers. */
final class ModelWeights {
    private ModelWeights() {}

    /** Returns the base's weights, whatever adapters there are. */
    static Map<String, NDArray> base(LoraModel model) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        ModelTensors.plain(model.block())
                .forEach((path, weight) -> arrays.put(path, weight.getArray()));
        return arrays;
    }

    /** Returns the weights of a model without adapters, all of which were learnt. */
    static Map<String, NDArray> merged(LoraModel model) {
        if (!model.adapterNames().isEmpty()) {
            throw new IllegalStateException(
                    "the model has adapters, %s; merge them by mergeAndUnload before the export"
                            .formatted(model.adapterNames()));
        }
        if (!model.drawnLayers().isEmpty()) {
            throw new IllegalStateException(
                    ("%s: drawn at random, since the checkpoint does not have them; train them, or"
                                    + " merge an adapter that has them, before the export")
                            .formatted(model.drawnLayers()));
        }
        return base(model);
    }
}
