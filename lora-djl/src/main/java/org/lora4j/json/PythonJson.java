/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * JSON text byte for byte as Python's {@code json.dumps(value, indent=2, sort_keys=True)} writes
 * it, so that a file does not change when Python and Java write it in turn: ASCII only, keys in
 * code point order, integers without a point, floats as Python's repr.
 */
public final class PythonJson {
    /** Code point order, as Python and Rust sort; Java's own order differs above U+D7FF. */
    public static final Comparator<String> KEY_ORDER =
            (a, b) ->
                    Arrays.compareUnsigned(
                            a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    private static final int MAX_DIGITS = 17;

    private static final List<RoundingMode> ROUNDINGS =
            List.of(RoundingMode.HALF_EVEN, RoundingMode.UP, RoundingMode.DOWN);

    private final StringBuilder out = new StringBuilder();
    private final Set<JsonObject> unsorted;

    private PythonJson(Set<JsonObject> unsorted) {
        this.unsorted = unsorted;
    }

    /**
     * Writes a value.
     *
     * @param value what to write; numbers are taken as Python's json.loads would read their text
     * @return the text, without a line feed at its end
     */
    public static String write(JsonElement value) {
        return write(value, Set.of());
    }

    /**
     * Writes a value, with some objects' keys left in their own order because it means something.
     *
     * @param value what to write
     * @param unsorted objects whose keys are not sorted; the set's own rule says which are meant
     * @return the text, without a line feed at its end
     */
    public static String write(JsonElement value, Set<JsonObject> unsorted) {
        PythonJson json = new PythonJson(unsorted);
        json.element(value, 0);
        return json.out.toString();
    }

    private void element(JsonElement value, int depth) {
        if (value.isJsonObject()) {
            object(value.getAsJsonObject(), depth);
        } else if (value.isJsonArray()) {
            array(value.getAsJsonArray(), depth);
        } else if (value.isJsonPrimitive()) {
            primitive(value.getAsJsonPrimitive());
        } else {
            out.append("null");
        }
    }

    private void object(JsonObject object, int depth) {
        List<String> keys = new ArrayList<>(object.keySet());
        if (!unsorted.contains(object)) {
            keys.sort(KEY_ORDER);
        }
        out.append('{');
        for (Iterator<String> i = keys.iterator(); i.hasNext(); ) {
            String key = i.next();
            newline(depth + 1);
            string(key);
            out.append(": ");
            element(object.get(key), depth + 1);
            out.append(i.hasNext() ? "," : "");
        }
        if (!keys.isEmpty()) {
            newline(depth);
        }
        out.append('}');
    }

    private void array(JsonArray array, int depth) {
        out.append('[');
        for (Iterator<JsonElement> i = array.iterator(); i.hasNext(); ) {
            newline(depth + 1);
            element(i.next(), depth + 1);
            out.append(i.hasNext() ? "," : "");
        }
        if (!array.isEmpty()) {
            newline(depth);
        }
        out.append(']');
    }

    private void newline(int depth) {
        out.append('\n').append("  ".repeat(depth));
    }

    private void primitive(JsonPrimitive value) {
        if (value.isString()) {
            string(value.getAsString());
        } else if (value.isBoolean()) {
            out.append(value.getAsBoolean());
        } else {
            out.append(number(value.getAsString()));
        }
    }

    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c >= ' ' && c <= '~') {
                        out.append(c);
                    } else {
                        out.append(String.format("\\u%04x", (int) c));
                    }
                }
            }
        }
        out.append('"');
    }

    /** A JSON number as Python reads and writes it again: 1 stays 1, 1.50 becomes 1.5. */
    static String number(String literal) {
        boolean integer = literal.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
        if (integer) {
            return new BigInteger(literal).toString();
        }
        double value = Double.parseDouble(literal);
        // Python would write Infinity, which is no JSON.
        return Double.isInfinite(value) ? literal : repr(value);
    }

    /**
     * Python's repr of a float, as json.dumps writes it: the shortest digits that read back as the
     * same double.
     *
     * @param value the float; NaN and the infinities are written NaN, Infinity and -Infinity
     * @return its text
     */
    public static String repr(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Infinity" : "-Infinity";
        }
        String sign = value < 0 || 1 / value < 0 ? "-" : "";
        if (value == 0) {
            return sign + "0.0";
        }
        BigDecimal rounded = shortest(Math.abs(value)).stripTrailingZeros();
        String digits = rounded.unscaledValue().toString();
        int point = digits.length() - rounded.scale();
        return sign + layOut(digits, point);
    }

    /**
     * The shortest decimal that reads back as the value, the nearest of these. (Before Java 19
     * Double.toString does not always give it.) At a power of two it need not be the value rounded:
     * doubles lie closer below than above.
     */
    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < MAX_DIGITS; digits++) {
            for (RoundingMode mode : ROUNDINGS) {
                BigDecimal rounded = exact.round(new MathContext(digits, mode));
                if (rounded.doubleValue() == value) {
                    return rounded;
                }
            }
        }
        return exact.round(new MathContext(MAX_DIGITS, RoundingMode.HALF_EVEN));
    }

    /** 0.digits times 10^point, with an exponent below 1e-4 and from 1e16 on, as Python does. */
    private static String layOut(String digits, int point) {
        int exponent = point - 1;
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
            String sign = exponent < 0 ? "-" : "+";
            return "%c%se%s%02d".formatted(digits.charAt(0), fraction, sign, Math.abs(exponent));
        }
        if (point <= 0) {
            return "0." + "0".repeat(-point) + digits;
        }
        if (point >= digits.length()) {
            return digits + "0".repeat(point - digits.length()) + ".0";
        }
        return digits.substring(0, point) + "." + digits.substring(point);
    }

    /**
     * A number as Python would hold it: an int where it is integral, else a float.
     *
     * @param value a finite number
     * @return the JSON number, 16 for 16.0 and 0.5 for 0.5
     */
    public static JsonPrimitive integralOrFloat(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
            return new JsonPrimitive((long) value);
        }
        return new JsonPrimitive(value);
    }

    /**
     * An array of texts or numbers.
     *
     * @param values the values
     * @return the array
     */
    public static JsonArray array(Iterable<?> values) {
        JsonArray array = new JsonArray();
        for (Object value : values) {
            array.add(
                    value instanceof Number number
                            ? new JsonPrimitive(number)
                            : new JsonPrimitive(value.toString()));
        }
        return array;
    }
}
