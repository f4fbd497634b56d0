/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.math.BigInteger;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Texts read as Python's int and float read them. */
final class NumberText {
    private NumberText() {}

    static @Nullable IntValue integer(Execution run, String text, long base) {
        run.budget().text(text.length()); // without blanks and underscores it is another text
        String digits = Characters.strip(text).replaceAll("(?<=\\w)_(?=\\w)", "");
        boolean negative = digits.startsWith("-");
        String bare = negative || digits.startsWith("+") ? digits.substring(1) : digits;
        String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
        if (!prefix.isEmpty() && bare.regionMatches(true, 0, prefix, 0, 2)) {
            bare = bare.substring(2);
        }
        boolean readable = !bare.isEmpty() && bare.length() <= 4300 && base >= 2 && base <= 36;
        for (int i = 0; readable && i < bare.length(); i++) {
            readable = Character.digit(bare.charAt(i), (int) base) >= 0;
        }
        if (!readable) {
            return null;
        }
        long bits = 6L * bare.length(); // at most, of a base up to 36
        run.budget().digits(bits, bits);
        BigInteger size = new BigInteger(bare, (int) base);
        return IntValue.of(negative ? size.negate() : size);
    }

    static @Nullable Double real(Execution run, String text) {
        run.budget().text(3L * text.length());
        String number = Characters.strip(text).replaceAll("(?<=\\d)_(?=\\d)", "");
        String bare = number.replaceFirst("^[+-]", "").toLowerCase(Locale.ROOT);
        boolean negative = number.startsWith("-");
        if (bare.equals("inf") || bare.equals("infinity")) {
            return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        if (bare.equals("nan")) {
            return Double.NaN;
        }
        return bare.length() <= 4300 && bare.matches("(?:\\d++\\.?+\\d*+|\\.\\d++)(?:e[+-]?\\d++)?")
                ? (Double) Double.parseDouble(number)
                : null;
    }
}
