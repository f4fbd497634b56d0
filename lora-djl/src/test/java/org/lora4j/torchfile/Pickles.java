/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Pickles of one tensor "t", true or false. */
final class Pickles {
    private Pickles() {}

    static byte[] tensor(
            String storage, String key, long elements, long offset, long[] sizes, long[] strides) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x80, 2, '}'});
        text(out, "t");
        ascii(out, "ctorch._utils\n_rebuild_tensor_v2\n((");
        text(out, "storage");
        ascii(out, "ctorch\n" + storage + "\n");
        text(out, key);
        text(out, "cpu");
        number(out, elements);
        ascii(out, "tQ");
        number(out, offset);
        tuple(out, sizes);
        tuple(out, strides);
        out.write(0x89);
        ascii(out, "ccollections\nOrderedDict\n)RtRs.");
        return out.toByteArray();
    }

    static byte[] floats(float... values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static void tuple(ByteArrayOutputStream out, long[] values) {
        out.write('(');
        for (long value : values) {
            number(out, value);
        }
        out.write('t');
    }

    private static void number(ByteArrayOutputStream out, long value) {
        out.write(0x8a);
        out.write(Long.BYTES);
        for (int i = 0; i < Long.BYTES; i++) {
            out.write((int) (value >>> (8 * i)));
        }
    }

    private static void text(ByteArrayOutputStream out, String value) {
        out.write(0x8c);
        out.write(value.length());
        ascii(out, value);
    }

    private static void ascii(ByteArrayOutputStream out, String value) {
        out.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    }
}
