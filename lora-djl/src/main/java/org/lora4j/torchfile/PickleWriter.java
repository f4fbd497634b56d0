/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.util.Map;

/** The pickle (protocol 2) of a dict of contiguous tensors, each with a storage of its own. */
final class PickleWriter {
    private final PickleOutput out = new PickleOutput();

    private PickleWriter() {}

    static byte[] stateDict(Map<String, LazyTensor> tensors) {
        PickleWriter writer = new PickleWriter();
        writer.out.opcode('}').opcode('('); // EMPTY_DICT, MARK
        int key = 0;
        for (Map.Entry<String, LazyTensor> entry : tensors.entrySet()) {
            writer.out.text(entry.getKey());
            writer.tensor(Integer.toString(key++), entry.getValue());
        }
        writer.out.opcode('u'); // SETITEMS
        return writer.out.finish();
    }

    private void tensor(String key, LazyTensor tensor) {
        long[] sizes = tensor.shape().getShape();
        long[] strides = new long[sizes.length];
        long elements = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = elements;
            // As torch: a dimension of no length does not count in the strides.
            elements *= Math.max(1, sizes[i]);
        }
        out.global("torch._utils", "_rebuild_tensor_v2");
        out.opcode('(').opcode('(').text("storage");
        out.global("torch", StorageTypes.name(tensor.dtype()));
        out.text(key).text("cpu").integer(tensor.shape().size());
        out.opcode('t').opcode('Q'); // TUPLE, BINPERSID
        out.integer(0);
        tuple(sizes);
        tuple(strides);
        out.opcode(0x89); // requires_grad: NEWFALSE
        out.global("collections", "OrderedDict");
        // The hooks: EMPTY_TUPLE, REDUCE. Then the tensor: TUPLE, REDUCE.
        out.opcode(')').opcode('R').opcode('t').opcode('R');
    }

    private void tuple(long[] values) {
        out.opcode('(');
        for (long value : values) {
            out.integer(value);
        }
        out.opcode('t');
    }
}
