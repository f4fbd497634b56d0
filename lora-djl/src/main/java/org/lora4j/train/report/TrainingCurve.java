/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.ValidationInfo;
import org.lora4j.train.listener.CsvListener;

/**
 * The course of a training: its steps and validations in order.
 *
 * @param steps the steps that were taken
 * @param validations the validations
 */
public record TrainingCurve(List<Step> steps, List<Validation> validations) {
    private static final String VALIDATION = "validation_";

    /**
     * A step. Figures that are not known are NaN.
     *
     * @param step its number, from 1
     * @param epoch the pass over the data, from 1
     * @param loss the mean loss of the step's examples, before the update
     * @param learningRate the rate of the update
     * @param gradientNorm the norm of all gradients together, before clipping
     * @param examplesPerSecond the mean rate since the first batch
     * @param tokens the step's tokens, 0 where the batches do not tell
     * @param seconds how long the step took
     * @param memoryMegabytes the memory of the process after it
     */
    public record Step(
            int step,
            int epoch,
            double loss,
            double learningRate,
            double gradientNorm,
            double examplesPerSecond,
            long tokens,
            double seconds,
            double memoryMegabytes) {
        /** Returns the tokens in a second of this step, NaN where they are not known. */
        public double tokensPerSecond() {
            return tokens > 0 && seconds > 0 ? tokens / seconds : Double.NaN;
        }
    }

    /**
     * A validation.
     *
     * @param step the steps taken before it
     * @param epoch the pass over the data, from 1
     * @param metrics its metrics by name, the loss among them
     */
    public record Validation(int step, int epoch, Map<String, Double> metrics) {
        /** Copies the map in its order. */
        public Validation {
            metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        }

        /** Returns a validation as a listener gets it. */
        static Validation of(ValidationInfo info) {
            Map<String, Double> metrics = new LinkedHashMap<>();
            metrics.put("loss", info.metrics().loss());
            metrics.putAll(info.metrics().values());
            return new Validation(info.step(), info.epoch(), metrics);
        }
    }

    /** Copies the lists. */
    public TrainingCurve {
        steps = List.copyOf(steps);
        validations = List.copyOf(validations);
    }

    /**
     * Returns the part of a curve that a result has: losses and validations.
     *
     * @param result what a training did
     */
    public static TrainingCurve of(LoraTrainingResult result) {
        List<Step> steps = new ArrayList<>();
        double unknown = Double.NaN;
        for (double loss : result.lossByStep()) {
            steps.add(
                    new Step(
                            steps.size() + 1,
                            0,
                            loss,
                            unknown,
                            unknown,
                            unknown,
                            0,
                            unknown,
                            unknown));
        }
        return new TrainingCurve(steps, result.validations().stream().map(Validation::of).toList());
    }

    /**
     * Reads a table that {@link CsvListener} wrote.
     *
     * @param csv the file
     * @throws IOException if it cannot be read, or a line is not one of such a table
     */
    public static TrainingCurve read(Path csv) throws IOException {
        List<String> lines = Files.readAllLines(csv);
        if (lines.isEmpty()) {
            throw new IOException(csv + ": is empty; expected a line with the names of columns");
        }
        List<String> names = List.of(lines.get(0).split(",", -1));
        List<Step> steps = new ArrayList<>();
        List<Validation> validations = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            String[] cells = lines.get(i).split(",", -1);
            if (cells.length != names.size()) {
                throw new IOException(
                        "%s, line %d: has %d columns; expected %d"
                                .formatted(csv, i + 1, cells.length, names.size()));
            }
            try {
                Row row = new Row(names, cells);
                if (Double.isNaN(row.number("learning_rate"))) {
                    validations.add(row.validation());
                } else {
                    steps.add(row.step());
                }
            } catch (NumberFormatException e) {
                throw new IOException(
                        "%s, line %d: %s; expected numbers".formatted(csv, i + 1, e.getMessage()),
                        e);
            }
        }
        return new TrainingCurve(steps, validations);
    }

    /** The cells of a line. */
    private static final class Row {
        private final List<String> names;
        private final String[] cells;

        Row(List<String> names, String... cells) {
            this.names = names;
            this.cells = cells;
        }

        double number(String column) {
            int at = names.indexOf(column);
            return at < 0 || cells[at].isEmpty() ? Double.NaN : Double.parseDouble(cells[at]);
        }

        Step step() {
            return new Step(
                    (int) number("step"),
                    (int) number("epoch"),
                    number("loss"),
                    number("learning_rate"),
                    number("gradient_norm"),
                    number("examples_per_second"),
                    (long) number("tokens"),
                    number("step_seconds"),
                    number("memory_mb"));
        }

        Validation validation() {
            Map<String, Double> metrics = new LinkedHashMap<>();
            for (int i = 0; i < cells.length; i++) {
                if (names.get(i).startsWith(VALIDATION) && !cells[i].isEmpty()) {
                    metrics.put(
                            names.get(i).substring(VALIDATION.length()),
                            Double.parseDouble(cells[i]));
                }
            }
            return new Validation((int) number("step"), (int) number("epoch"), metrics);
        }
    }

    /** Returns the steps' losses. */
    public List<Double> losses() {
        return steps.stream().map(Step::loss).toList();
    }

    /** Returns the number of the last step, 0 where there is none. */
    public int lastStep() {
        return steps.isEmpty() ? 0 : steps.get(steps.size() - 1).step();
    }
}
