/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle; every length is checked against what is left before it is believed. */
public final class PickleInput {
    private static final int LONGEST_NAME = 256;

    private final ByteBuffer bytes;

    /**
     * Reads from the beginning of a buffer.
     *
     * @param bytes the pickle; the buffer's position does not move
     */
    public PickleInput(ByteBuffer bytes) {
        this.bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns the number of bytes read. */
    public int position() {
        return bytes.position();
    }

    /**
     * Reads an unsigned byte.
     *
     * @throws PickleException if the pickle ends
     */
    public int uint8() throws PickleException {
        need(Byte.BYTES);
        return bytes.get() & 0xff;
    }

    /**
     * Reads an unsigned number of two bytes, little endian.
     *
     * @throws PickleException if the pickle ends
     */
    public int uint16() throws PickleException {
        need(2);
        return bytes.getShort() & 0xffff;
    }

    /**
     * Reads a signed number of four bytes, little endian.
     *
     * @throws PickleException if the pickle ends
     */
    public int int32() throws PickleException {
        need(4);
        return bytes.getInt();
    }

    /**
     * Reads an unsigned number of four bytes, little endian.
     *
     * @throws PickleException if the pickle ends
     */
    public long uint32() throws PickleException {
        return int32() & 0xffff_ffffL;
    }

    /**
     * Reads a signed number of eight bytes, little endian.
     *
     * @throws PickleException if the pickle ends
     */
    public long int64() throws PickleException {
        need(8);
        return bytes.getLong();
    }

    /** A length of eight bytes, such as BINUNICODE8 has: none that is too long is negative here. */
    long length64() throws PickleException {
        long length = int64();
        return length < 0 ? Long.MAX_VALUE : length;
    }

    /**
     * Reads text in UTF-8.
     *
     * @param length its bytes
     * @throws PickleException if the pickle ends before, or the bytes are not UTF-8
     */
    public String text(long length) throws PickleException {
        ByteBuffer part = part(length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(part).toString();
        } catch (CharacterCodingException e) {
            throw new PickleException("a string of the pickle is not UTF-8");
        }
    }

    /** Bytes as text of one character each: what Python 2 wrote for its strings. */
    String latin1(long length) throws PickleException {
        return StandardCharsets.ISO_8859_1.decode(part(length)).toString();
    }

    /** The bytes of an integer, little endian, two's complement. */
    byte[] integer(long length) throws PickleException {
        ByteBuffer part = part(length);
        byte[] copy = new byte[part.remaining()];
        part.get(copy);
        return copy;
    }

    void skip(long length) throws PickleException {
        part(length);
    }

    /**
     * Reads a name that ends with a line feed.
     *
     * @throws PickleException if the pickle ends before, or the name is too long
     */
    public String line() throws PickleException {
        StringBuilder line = new StringBuilder();
        for (int c = uint8(); c != '\n'; c = uint8()) {
            if (line.length() == LONGEST_NAME) {
                throw new PickleException(
                        "a name of the pickle has more than %s characters", LONGEST_NAME);
            }
            line.append((char) c);
        }
        return line.toString();
    }

    void checkAhead(long length) throws PickleException {
        if (length < 0 || length > bytes.remaining()) {
            throw new PickleException(
                    "the pickle asks for %s bytes at %d, where %d are left",
                    Long.toUnsignedString(length), bytes.position(), bytes.remaining());
        }
    }

    private ByteBuffer part(long length) throws PickleException {
        checkAhead(length);
        ByteBuffer part = bytes.slice(bytes.position(), (int) length);
        bytes.position(bytes.position() + (int) length);
        return part;
    }

    private void need(int count) throws PickleException {
        if (bytes.remaining() < count) {
            throw new PickleException("the pickle ends early, at byte %s", bytes.limit());
        }
    }
}
