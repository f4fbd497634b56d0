/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.sweep;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.LoraConfig;
import org.lora4j.train.LoraTrainingConfig;

/**
 * What one adapter of a sweep is trained with.
 *
 * @param name the adapter's name, and that of its directory
 * @param lora its configuration
 * @param training how it is trained
 * @param rate its learning rate
 */
public record SweepSetting(String name, LoraConfig lora, LoraTrainingConfig training, double rate) {

    /**
     * Returns a setting for each combination of a rank, an alpha and a rate.
     *
     * @param lora what they have in common
     * @param training how all are trained
     * @param ranks the ranks
     * @param alphas the alphas; null for that of the common configuration
     * @param rates the learning rates
     * @throws IllegalArgumentException if a value is out of range, or given twice
     */
    public static List<SweepSetting> grid(
            LoraConfig lora,
            LoraTrainingConfig training,
            List<Integer> ranks,
            @Nullable List<Double> alphas,
            List<Double> rates) {
        requireDifferent("--ranks", ranks);
        requireDifferent("--learning-rates", rates);
        if (alphas != null) {
            requireDifferent("--alphas", alphas);
        }
        List<SweepSetting> settings = new ArrayList<>();
        for (int rank : ranks) {
            for (double alpha : alphas == null ? List.of(lora.alpha()) : alphas) {
                for (double rate : rates) {
                    String scaled = alphas == null ? "" : "-a" + number(alpha);
                    settings.add(
                            new SweepSetting(
                                    "r" + rank + scaled + "-lr" + number(rate),
                                    lora.toBuilder().setRank(rank).setAlpha(alpha).build(),
                                    training.toBuilder().optLearningRate(rate).build(),
                                    rate));
                }
            }
        }
        return settings;
    }

    private static <T> void requireDifferent(String option, List<T> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException(option + " is empty; expected a value at least");
        }
        for (int i = 0; i < values.size(); i++) {
            if (values.indexOf(values.get(i)) < i) {
                throw new IllegalArgumentException(
                        "%s has %s twice; expected each once".formatted(option, values.get(i)));
            }
        }
    }

    /** Returns a number as it is usually written: 16, 0.01, 5e-4. */
    static String number(double value) {
        BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        double size = Math.abs(value);
        if (size == 0 || (size >= 0.01 && size < 1e6)) {
            return digits.toPlainString();
        }
        String all = digits.unscaledValue().toString();
        String shown = all.length() == 1 ? all : all.charAt(0) + "." + all.substring(1);
        return String.format(Locale.ROOT, "%se%d", shown, digits.precision() - digits.scale() - 1);
    }
}
