/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Python's repr of floats. */
final class FloatText {
    /** Digits that always read back as the same double. */
    private static final int MAX_DIGITS = 17;

    private FloatText() {}

    /** The shortest digits that read back as the same finite double. */
    static String repr(double value) {
        String sign = Math.copySign(1, value) < 0 ? "-" : "";
        BigDecimal shortest = shortest(Math.abs(value)).stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - shortest.scale() - 1;
        if (value == 0) {
            return sign + "0.0";
        }
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
            return "%s%c%se%+03d".formatted(sign, digits.charAt(0), fraction, exponent);
        }
        String plain = shortest.toPlainString();
        return sign + plain + (shortest.scale() > 0 ? "" : ".0");
    }

    /**
     * Before Java 19 Double.toString is not always the shortest. At a power of two the shortest
     * need not be the value rounded: doubles lie closer below than above.
     */
    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < MAX_DIGITS; digits++) {
            for (RoundingMode mode :
                    new RoundingMode[] {
                        RoundingMode.HALF_EVEN, RoundingMode.UP, RoundingMode.DOWN
                    }) {
                BigDecimal rounded = exact.round(new MathContext(digits, mode));
                if (rounded.doubleValue() == value) {
                    return rounded;
                }
            }
        }
        return exact.round(new MathContext(MAX_DIGITS, RoundingMode.HALF_EVEN));
    }
}
