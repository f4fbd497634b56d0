/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The instructions of a pickle of protocol 2, as far as torch's readers in Python and C++ know
 * them. Not thread-safe.
 */
public final class PickleOutput {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Begins a pickle: PROTO 2. */
    public PickleOutput() {
        opcode(0x80).opcode(2);
    }

    /**
     * Adds an instruction without an argument, or one byte of one.
     *
     * @param code the byte
     * @return this output
     */
    public PickleOutput opcode(int code) {
        out.write(code);
        return this;
    }

    /**
     * Adds an integer: BININT1, BININT or a LONG1 of eight bytes.
     *
     * @param value any number
     * @return this output
     */
    public PickleOutput integer(long value) {
        if (value >= 0 && value < 256) {
            return opcode('K').opcode((int) value);
        }
        if (value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE) {
            return opcode('J').littleEndian(value, Integer.BYTES);
        }
        return opcode(0x8a).opcode(Long.BYTES).littleEndian(value, Long.BYTES);
    }

    /**
     * Adds a float64: BINFLOAT.
     *
     * @param value any number
     * @return this output
     */
    public PickleOutput real(double value) {
        opcode('G');
        long bits = Double.doubleToRawLongBits(value);
        for (int shift = 56; shift >= 0; shift -= 8) {
            out.write((int) (bits >>> shift));
        }
        return this;
    }

    /**
     * Adds a text: BINUNICODE.
     *
     * @param value any text
     * @return this output
     */
    public PickleOutput text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        opcode('X').littleEndian(bytes.length, Integer.BYTES);
        out.writeBytes(bytes);
        return this;
    }

    /**
     * Adds a class or function: GLOBAL.
     *
     * @param module its module
     * @param name its name, without a line feed as the module
     * @return this output
     */
    public PickleOutput global(String module, String name) {
        out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /**
     * Keeps the value on top of the stack: BINPUT or LONG_BINPUT.
     *
     * @param index the next free place, counted from 0
     * @return this output
     */
    public PickleOutput put(int index) {
        return memo('q', 'r', index);
    }

    /**
     * Takes a kept value: BINGET or LONG_BINGET.
     *
     * @param index its place
     * @return this output
     */
    public PickleOutput get(int index) {
        return memo('h', 'j', index);
    }

    private PickleOutput memo(int small, int large, int index) {
        return index < 256
                ? opcode(small).opcode(index)
                : opcode(large).littleEndian(index, Integer.BYTES);
    }

    private PickleOutput littleEndian(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >>> (8 * i)));
        }
        return this;
    }

    /**
     * Ends the pickle: STOP.
     *
     * @return its bytes
     */
    public byte[] finish() {
        opcode('.');
        return out.toByteArray();
    }
}
