/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.gguf;

/** float32 to IEEE half precision. */
final class HalfFloat {
    private HalfFloat() {}

    /** Rounds a finite number to nearest, ties to even; what is too large becomes infinite. */
    static short of(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int size = bits & 0x7fffffff;
        if (size >= 0x477ff000) { // 65520 and more
            return (short) (sign | 0x7c00);
        }
        if (size < 0x38800000) { // below 2^-14, in steps of 2^-24
            float steps = Float.intBitsToFloat(size) * 0x1p24f;
            return (short) (sign | (int) Math.rint(steps));
        }
        int odd = (size >>> 13) & 1;
        return (short) (sign | ((size - 0x38000000 + 0xfff + odd) >>> 13));
    }
}
