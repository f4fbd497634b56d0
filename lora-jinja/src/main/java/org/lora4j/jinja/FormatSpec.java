/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * How a number or text is laid out: what a printf conversion or the part after the colon in {@code
 * str.format} asks for.
 *
 * @param fill the character to pad with
 * @param align one of {@code < > ^ =}
 * @param sign one of {@code + - } and space: for positive numbers
 * @param alternate whether to write prefixes such as 0x
 * @param width the least width in characters
 * @param group the separator of thousands, or empty
 * @param precision digits or characters, -1 where none is asked for
 * @param type the conversion
 */
record FormatSpec(
        String fill,
        char align,
        char sign,
        boolean alternate,
        int width,
        String group,
        int precision,
        char type) {
    /** More digits than this are refused before they are made. */
    private static final int MAX_DIGITS = 1000;

    String text(Execution run, String text) {
        String shown = text;
        if (precision >= 0 && precision < Texts.length(run, text)) {
            shown = text.substring(0, text.offsetByCodePoints(0, precision));
        }
        return padded(run, "", shown);
    }

    String integer(Execution run, BigInteger value) {
        run.budget().digits(value.bitLength(), value.bitLength());
        BigInteger size = value.abs();
        String digits =
                switch (type) {
                    case 'x' -> size.toString(16);
                    case 'X' -> size.toString(16).toUpperCase(Locale.ROOT);
                    case 'o' -> size.toString(8);
                    case 'b' -> size.toString(2);
                    default -> size.toString();
                };
        String prefix = alternate && "xXob".indexOf(type) >= 0 ? "0" + type : "";
        String zeros = precision > digits.length() ? zeros(precision - digits.length()) : "";
        return padded(run, sign(value.signum() < 0) + prefix, grouped(zeros + digits));
    }

    String real(Execution run, double value) {
        String sign = sign(value < 0 || (value == 0 && 1 / value < 0));
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            String word = Double.isNaN(value) ? "nan" : "inf";
            return padded(
                    run, sign, Character.isUpperCase(type) ? word.toUpperCase(Locale.ROOT) : word);
        }
        int digits = precision < 0 ? 6 : precision;
        if (digits > MAX_DIGITS) {
            throw Failure.value("precision too big");
        }
        run.budget().decimals(digits);
        BigDecimal size = new BigDecimal(Math.abs(value));
        String shown =
                switch (Character.toLowerCase(type)) {
                    case 'f' -> size.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
                    case 'e' -> scientific(size, digits);
                    case '%' ->
                            size.movePointRight(2)
                                            .setScale(digits, RoundingMode.HALF_EVEN)
                                            .toPlainString()
                                    + "%";
                    default -> general(size, Math.max(1, digits));
                };
        shown = Character.isUpperCase(type) ? shown.toUpperCase(Locale.ROOT) : shown;
        return padded(run, sign, grouped(shown));
    }

    private static String scientific(BigDecimal size, int digits) {
        BigDecimal rounded = size.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        String unscaled = rounded.unscaledValue().toString();
        int exponent = size.signum() == 0 ? 0 : unscaled.length() - 1 - rounded.scale();
        StringBuilder mantissa = new StringBuilder(unscaled);
        while (mantissa.length() < digits + 1) {
            mantissa.append('0');
        }
        if (digits > 0) {
            mantissa.insert(1, '.');
        }
        return mantissa + exponent(exponent);
    }

    private static String exponent(int exponent) {
        int size = Math.abs(exponent);
        return (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + size;
    }

    /** Fixed or scientific, whichever is shorter, without trailing zeros. */
    private String general(BigDecimal size, int digits) {
        String whole = scientific(size, digits - 1);
        int at = whole.indexOf('e');
        int exponent = Integer.parseInt(whole.substring(at + 1));
        boolean scientific = exponent < -4 || exponent >= digits;
        String number =
                scientific
                        ? whole.substring(0, at)
                        : size.setScale(digits - 1 - exponent, RoundingMode.HALF_EVEN)
                                .toPlainString();
        if (number.indexOf('.') >= 0 && !alternate) {
            int end = number.length();
            while (number.charAt(end - 1) == '0') {
                end--;
            }
            number = number.substring(0, number.charAt(end - 1) == '.' ? end - 1 : end);
        }
        return scientific ? number + whole.substring(at) : number;
    }

    private String sign(boolean negative) {
        if (negative) {
            return "-";
        }
        return sign == '-' ? "" : String.valueOf(sign);
    }

    private static String zeros(int count) {
        if (count > MAX_DIGITS) {
            throw Failure.value("precision too big");
        }
        return "0".repeat(count);
    }

    private String grouped(String number) {
        if (group.isEmpty()) {
            return number;
        }
        int end = 0;
        while (end < number.length() && Character.isLetterOrDigit(number.charAt(end))) {
            end++;
        }
        StringBuilder out = new StringBuilder(2 * number.length());
        for (int at = 0; at < end; at++) {
            out.append(at > 0 && (end - at) % 3 == 0 ? group : "").append(number.charAt(at));
        }
        return out.append(number, end, number.length()).toString();
    }

    private String padded(Execution run, String sign, String shown) {
        long margin = Math.max(0, (long) width - sign.length() - Texts.length(run, shown));
        if (align == '=') {
            return sign + Texts.pad(run, shown, margin, 0, fill);
        }
        long left =
                switch (align) {
                    case '>' -> margin;
                    case '^' -> margin / 2;
                    default -> 0;
                };
        return Texts.pad(run, sign + shown, left, margin - left, fill);
    }
}
