/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.terminal;

import com.google.errorprone.annotations.FormatMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;

/** Formats figures for people. */
public final class Words {
    private Words() {}

    public static String of(EvaluationMetrics metrics) {
        List<String> parts = new ArrayList<>();
        parts.add(format("loss %.4f", metrics.loss()));
        metrics.values()
                .forEach(
                        (name, number) ->
                                parts.add(
                                        name.equals(Metric.ACCURACY.name())
                                                ? format("accuracy %.2f %%", 100 * number)
                                                : format(
                                                        "%s %.4f",
                                                        name.replace('_', ' '), number)));
        if (parts.size() == 1) { // a language model's
            parts.add(format("perplexity %.4g", metrics.perplexity()));
        }
        return String.join(", ", parts);
    }

    public static String bytes(long count) {
        if (count < 1_000_000) {
            return count < 1000 ? count + " bytes" : format("%.0f KB", count / 1e3);
        }
        return count < 1_000_000_000
                ? format("%.1f MB", count / 1e6)
                : format("%.2f GB", count / 1e9);
    }

    public static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole < 100) {
            return whole < 10 ? format("%.1f s", seconds) : whole + " s";
        }
        return whole < 3600
                ? format("%d min %02d s", whole / 60, whole % 60)
                : format("%d h %02d min", whole / 3600, whole / 60 % 60);
    }

    /** Returns the name of an enum's constant in lower case. */
    public static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** Returns a number, a whole one without ".0". */
    public static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    @FormatMethod
    public static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
