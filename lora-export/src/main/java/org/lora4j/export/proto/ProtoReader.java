/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.proto;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Goes through the fields of a message in a buffer. Nothing is copied: a field of bytes is a part
 * of the buffer, whose position in the whole is known. Not thread-safe.
 */
public final class ProtoReader {
    private final ByteBuffer buffer;
    private final long base;
    private int field;
    private int type;
    private long number;
    private int start;
    private int length;

    /**
     * Reads a whole message.
     *
     * @param buffer the message, from position to limit
     */
    public ProtoReader(ByteBuffer buffer) {
        this(buffer.slice(), 0);
    }

    private ProtoReader(ByteBuffer buffer, long base) {
        this.buffer = buffer.order(ByteOrder.LITTLE_ENDIAN);
        this.base = base;
    }

    /**
     * Goes to the next field.
     *
     * @return false at the end
     * @throws InvalidProtoException if the bytes are no fields
     */
    public boolean next() throws InvalidProtoException {
        if (!buffer.hasRemaining()) {
            return false;
        }
        long tag = varint();
        field = (int) (tag >>> 3);
        type = (int) (tag & 7);
        if (field < 1 || tag >>> 32 != 0) {
            throw invalid("a field's number is " + (tag >>> 3));
        }
        switch (type) {
            case 0 -> number = varint();
            case 1 -> skip(8);
            case 2 -> {
                long size = varint();
                if (size < 0 || size > buffer.remaining()) {
                    throw invalid(
                            "a field's length is %d, and %d bytes are left"
                                    .formatted(size, buffer.remaining()));
                }
                skip((int) size);
            }
            case 5 -> skip(4);
            default -> throw invalid("a field has wire type " + type);
        }
        return true;
    }

    /** Returns the field's number. */
    public int field() {
        return field;
    }

    /** Returns an integer field's value. */
    public long number() throws InvalidProtoException {
        require(0);
        return number;
    }

    /** Returns a float field's value. */
    public float real() throws InvalidProtoException {
        require(5);
        return buffer.getFloat(start);
    }

    /** Returns a string field's value. */
    public String text() throws InvalidProtoException {
        return StandardCharsets.UTF_8.decode(bytes()).toString();
    }

    /** Returns a field of bytes, as a part of the buffer. */
    public ByteBuffer bytes() throws InvalidProtoException {
        require(2);
        return buffer.slice(start, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns where a field of bytes begins in the whole that the outermost reader was given. */
    public long position() throws InvalidProtoException {
        require(2);
        return base + start;
    }

    /** Returns a reader of a field that is a message. */
    public ProtoReader message() throws InvalidProtoException {
        return new ProtoReader(bytes(), position());
    }

    /** Returns whether the field holds bytes: a string, a message, or packed numbers. */
    public boolean isBytes() {
        return type == 2;
    }

    private void skip(int bytes) throws InvalidProtoException {
        if (bytes > buffer.remaining()) {
            throw invalid("the message ends within a field");
        }
        start = buffer.position();
        length = bytes;
        buffer.position(start + bytes);
    }

    private long varint() throws InvalidProtoException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (!buffer.hasRemaining()) {
                throw invalid("the message ends within a number");
            }
            byte next = buffer.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw invalid("a number has more than 10 bytes");
    }

    private void require(int expected) throws InvalidProtoException {
        if (type != expected) {
            throw invalid(
                    "field %d has wire type %d; expected %d".formatted(field, type, expected));
        }
    }

    private InvalidProtoException invalid(String what) {
        return new InvalidProtoException(what + " (near byte " + (base + buffer.position()) + ")");
    }
}
