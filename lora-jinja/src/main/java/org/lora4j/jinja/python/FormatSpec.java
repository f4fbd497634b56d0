/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

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
public record FormatSpec(
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

    public String text(Budget budget, String text) {
        String shown = text;
        if (precision >= 0 && precision < Texts.length(budget, text)) {
            shown = text.substring(0, text.offsetByCodePoints(0, precision));
        }
        return padded(budget, "", shown);
    }

    public String integer(Budget budget, BigInteger value) {
        budget.digits(value.bitLength(), value.bitLength());
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
        int missing = Math.max(0, precision - digits.length());
        checkDigits(missing);
        String shown = grouped("0".repeat(missing) + digits);
        return padded(budget, sign(value.signum() < 0) + prefix, shown);
    }

    public String real(Budget budget, double value) {
        String sign = sign(Math.copySign(1, value) < 0 && !Double.isNaN(value));
        int digits = precision < 0 ? 6 : precision;
        checkDigits(digits);
        budget.decimals(digits);
        String shown =
                Double.isFinite(value)
                        ? finite(new BigDecimal(Math.abs(value)), digits)
                        : Double.isNaN(value) ? "nan" : "inf";
        return padded(
                budget, sign, Character.isUpperCase(type) ? shown.toUpperCase(Locale.ROOT) : shown);
    }

    private String finite(BigDecimal size, int digits) {
        return grouped(
                switch (Character.toLowerCase(type)) {
                    case 'f' -> fixed(size, digits);
                    case 'e' -> scientific(size, digits);
                    case '%' -> fixed(size.movePointRight(2), digits) + "%";
                    default -> general(size, Math.max(1, digits));
                });
    }

    private static String fixed(BigDecimal size, int digits) {
        return size.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }

    /** Such as {@code 1.50e+07}, with so many digits after the point. */
    static String scientific(BigDecimal size, int digits) {
        BigDecimal rounded = size.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        return String.format(Locale.ROOT, "%." + digits + "e", rounded);
    }

    /** Fixed or scientific, whichever is shorter, without trailing zeros. */
    private String general(BigDecimal size, int digits) {
        String whole = scientific(size, digits - 1);
        int at = whole.indexOf('e');
        int exponent = Integer.parseInt(whole.substring(at + 1));
        boolean scientific = exponent < -4 || exponent >= digits;
        String number = scientific ? whole.substring(0, at) : fixed(size, digits - 1 - exponent);
        if (number.indexOf('.') >= 0 && !alternate) {
            number = number.replaceFirst("\\.?0*$", "");
        }
        return scientific ? number + whole.substring(at) : number;
    }

    private String sign(boolean negative) {
        if (negative) {
            return "-";
        }
        return sign == '-' ? "" : String.valueOf(sign);
    }

    private static void checkDigits(int count) {
        if (count > MAX_DIGITS) {
            throw Failure.value("precision too big");
        }
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

    private String padded(Budget budget, String sign, String shown) {
        long margin = Math.max(0, (long) width - sign.length() - Texts.length(budget, shown));
        if (align == '=') {
            return sign + Texts.pad(budget, shown, margin, 0, fill);
        }
        long left = align == '>' ? margin : align == '^' ? margin / 2 : 0;
        return Texts.pad(budget, sign + shown, left, margin - left, fill);
    }
}
