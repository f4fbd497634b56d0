/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.math.BigInteger;

/** An integer of any size that Python would print. */
record IntValue(BigInteger value) implements Value {
    /** Python refuses to print integers of more than 4,300 digits. */
    private static final int MAX_BITS = 14_000;

    static final IntValue ZERO = of(0);

    static IntValue of(long value) {
        return new IntValue(BigInteger.valueOf(value));
    }

    static IntValue of(BigInteger value) {
        checkBits(value.bitLength());
        return new IntValue(value);
    }

    static void checkBits(long bits) {
        if (bits > MAX_BITS) {
            throw Failure.value("an integer of more than 4300 digits");
        }
    }

    @Override
    public String typeName() {
        return "int";
    }

    @Override
    public boolean truth() {
        return value.signum() != 0;
    }
}
