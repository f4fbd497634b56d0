/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.proto;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.files.AtomicFiles;

/**
 * A message that is being put together. Long fields may be produced only when the message is
 * written, so that no tensor is held. Fields are written in the order in which they were added.
 *
 * <p>Follows https://protobuf.dev/programming-guides/encoding. Not thread-safe.
 */
public final class ProtoMessage {
    private static final int VARINT = 0;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private record Part(long size, AtomicFiles.Content content) {}

    private final List<Part> parts = new ArrayList<>();
    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
    private long size;

    /** Creates an empty message. */
    public ProtoMessage() {}

    /** Adds an integer, a boolean or an enum's value. */
    public ProtoMessage number(int field, long value) {
        tag(field, VARINT);
        varint(value);
        return this;
    }

    /** Adds a float. */
    public ProtoMessage number(int field, float value) {
        tag(field, FIXED32);
        int bits = Float.floatToIntBits(value);
        for (int shift = 0; shift < 32; shift += 8) {
            put(bits >>> shift);
        }
        return this;
    }

    /** Adds integers, each as a field of its own. */
    public ProtoMessage numbers(int field, long... values) {
        for (long value : values) {
            number(field, value);
        }
        return this;
    }

    /** Adds a string. */
    public ProtoMessage text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds bytes. */
    public ProtoMessage bytes(int field, byte[] value) {
        tag(field, BYTES);
        varint(value.length);
        buffer.writeBytes(value);
        size += value.length;
        return this;
    }

    /**
     * Adds bytes that are produced when the message is written.
     *
     * @param field the field
     * @param length how many
     * @param content the bytes, exactly as many
     */
    public ProtoMessage bytes(int field, long length, AtomicFiles.Content content) {
        tag(field, BYTES);
        varint(length);
        flush();
        parts.add(new Part(length, content));
        size += length;
        return this;
    }

    /** Adds a message as it is now. */
    public ProtoMessage message(int field, ProtoMessage value) {
        tag(field, BYTES);
        varint(value.size);
        flush();
        value.flush();
        parts.addAll(value.parts);
        size += value.size;
        return this;
    }

    /** Returns how many bytes the message has. */
    public long size() {
        return size;
    }

    /**
     * Writes the message.
     *
     * @param out where to
     * @throws IOException if a part cannot be produced, or has another length than was said
     */
    public void writeTo(OutputStream out) throws IOException {
        flush();
        for (Part part : parts) {
            CountedOutput counted = new CountedOutput(out);
            part.content().writeTo(counted);
            if (counted.count() != part.size()) {
                throw new IOException(
                        "%,d bytes came where %,d were announced"
                                .formatted(counted.count(), part.size()));
            }
        }
    }

    private void flush() {
        if (buffer.size() > 0) {
            byte[] bytes = buffer.toByteArray();
            buffer.reset();
            parts.add(new Part(bytes.length, out -> out.write(bytes)));
        }
    }

    private void tag(int field, int type) {
        varint(((long) field << 3) | type);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            put((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        put((int) rest);
    }

    private void put(int value) {
        buffer.write(value);
        size++;
    }
}
