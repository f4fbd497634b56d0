/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.Quantization;
import org.lora4j.torch.Packing;
import org.lora4j.torch.TensorDtype;

/**
 * The memory of a base's weights, of which linear layers may be packed. One of these is unpacked at
 * a time, into memory of its own.
 *
 * @param weights the bytes of all weights
 * @param unpacked the bytes of the largest packed weight once it is unpacked; 0 if none is packed
 */
record BaseMemory(long weights, long unpacked) {
    /**
     * The layers of a model have a number; a head and a pooler, which are not packed, have none.
     */
    private static final Pattern IN_LAYER = Pattern.compile("\\.[0-9]+\\.");

    static BaseMemory of(
            ParameterInventory inventory, TensorDtype dtype, @Nullable Quantization quantization) {
        if (quantization == null) {
            return new BaseMemory(dtype.byteSize(inventory.parameters()), 0);
        }
        long bytes = dtype.byteSize(inventory.parameters());
        long largest = 0;
        quantization.requireMatched(
                inventory.modules().stream().map(ModuleShape::path).toList(),
                inventory.modules().stream()
                        .filter(BaseMemory::isPacked)
                        .map(ModuleShape::path)
                        .toList());
        for (ModuleShape module : inventory.modules()) {
            if (isPacked(module) && !quantization.skips(module.path())) {
                long numbers = module.inputs() * module.outputs();
                bytes += packed(numbers, module.outputs(), quantization) - dtype.byteSize(numbers);
                largest = Math.max(largest, dtype.byteSize(numbers));
            }
        }
        return new BaseMemory(bytes, largest);
    }

    private static boolean isPacked(ModuleShape module) {
        return module.kind() == ModuleShape.Kind.LINEAR && IN_LAYER.matcher(module.path()).find();
    }

    private static long packed(long numbers, long rows, Quantization quantization) {
        if (quantization.format() == Quantization.Format.INT8) {
            return numbers + rows * Float.BYTES;
        }
        long blocks = ceil(numbers, Packing.NF4_BLOCK);
        long scales =
                quantization.doubleQuantized()
                        ? blocks + ceil(blocks, Packing.NESTED_BLOCK) * Float.BYTES
                        : blocks * Float.BYTES;
        return ceil(numbers, 2) + scales;
    }

    private static long ceil(long count, long unit) {
        return (count + unit - 1) / unit;
    }
}
