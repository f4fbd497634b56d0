/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The pickle (protocol 2) of a dict of contiguous tensors, each with a storage of its own. */
final class PickleWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private PickleWriter() {}

    static byte[] stateDict(Map<String, LazyTensor> tensors) {
        PickleWriter writer = new PickleWriter();
        writer.out.writeBytes(new byte[] {(byte) 0x80, 2, '}'}); // PROTO 2, EMPTY_DICT
        int key = 0;
        writer.out.write('('); // MARK
        for (Map.Entry<String, LazyTensor> entry : tensors.entrySet()) {
            writer.text(entry.getKey());
            writer.tensor(Integer.toString(key++), entry.getValue());
        }
        writer.out.writeBytes(new byte[] {'u', '.'}); // SETITEMS, STOP
        return writer.out.toByteArray();
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
        global("torch._utils", "_rebuild_tensor_v2");
        out.write('(');
        out.write('(');
        text("storage");
        global("torch", PickleGlobals.storageClass(tensor.dtype()));
        text(key);
        text("cpu");
        integer(tensor.shape().size());
        out.writeBytes(new byte[] {'t', 'Q'}); // TUPLE, BINPERSID
        integer(0);
        tuple(sizes);
        tuple(strides);
        out.write(0x89); // requires_grad: NEWFALSE
        global("collections", "OrderedDict");
        // The hooks: EMPTY_TUPLE, REDUCE. Then the tensor: TUPLE, REDUCE.
        out.writeBytes(new byte[] {')', 'R', 't', 'R'});
    }

    private void tuple(long[] values) {
        out.write('(');
        for (long value : values) {
            integer(value);
        }
        out.write('t');
    }

    private void integer(long value) {
        if (value >= 0 && value < 256) {
            out.write('K');
            out.write((int) value);
        } else if (value >= 0 && value <= Integer.MAX_VALUE) {
            out.write('J');
            littleEndian(value, Integer.BYTES);
        } else {
            out.write(0x8a); // LONG1
            out.write(Long.BYTES);
            littleEndian(value, Long.BYTES);
        }
    }

    private void text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        littleEndian(bytes.length, Integer.BYTES);
        out.writeBytes(bytes);
    }

    private void global(String module, String name) {
        out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private void littleEndian(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >>> (8 * i)));
        }
    }
}
