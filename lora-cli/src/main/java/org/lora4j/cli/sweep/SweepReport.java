/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.sweep;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.terminal.Words;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;

/**
 * Tells what the adapters of a sweep have reached, and which is the best: by a metric of their
 * validations, or else by the loss of the last epoch. One that did not finish is not compared.
 */
public final class SweepReport {
    private final List<SweepSetting> settings;
    private final SweepRun.Trained trained;
    private final boolean validated;
    private final Metric judge;

    /**
     * Takes results.
     *
     * @param validated whether there were validation data
     * @param metric by what those are compared
     */
    public SweepReport(
            List<SweepSetting> settings,
            SweepRun.Trained trained,
            boolean validated,
            Metric metric) {
        this.settings = settings;
        this.trained = trained;
        this.validated = validated;
        judge = validated ? metric : Metric.LOSS;
    }

    /** Prints the table, or the object for programs. */
    public void tell(Console console) {
        console.say(table().toString().stripTrailing());
        for (SweepSetting setting : settings) {
            StopReason reason = result(setting).stopReason();
            if (reason != StopReason.COMPLETED) {
                Path place = trained.places().get(setting.name());
                console.say(
                        "%s: %s after %,d steps, %s",
                        setting.name(),
                        Words.lower(reason),
                        result(setting).steps(),
                        place == null ? "of which nothing is kept" : "kept in " + place);
            }
        }
        Optional<SweepSetting> best = best();
        String by = validated ? judge.name() : "training loss";
        console.say(
                best.map(found -> "best: %s, by its %s".formatted(found.name(), by))
                        .orElse("none has a result to be compared"));
        JsonObject json = new JsonObject();
        JsonArray all = new JsonArray();
        settings.forEach(setting -> all.add(row(setting)));
        json.add("adapters", all);
        best.ifPresent(found -> json.addProperty("best", found.name()));
        json.addProperty("best_by", validated ? judge.name() : "train_loss");
        console.result(json);
    }

    private LoraTrainingResult result(SweepSetting setting) {
        return Objects.requireNonNull(trained.results().get(setting.name()));
    }

    private double trainLoss(SweepSetting setting) {
        List<Double> epochs = result(setting).lossByEpoch();
        return epochs.isEmpty() ? Double.NaN : epochs.get(epochs.size() - 1);
    }

    private Optional<EvaluationMetrics> metrics(SweepSetting setting) {
        return result(setting).finalValidation().map(found -> found.metrics());
    }

    private OptionalDouble score(SweepSetting setting) {
        if (result(setting).stopReason() != StopReason.COMPLETED) {
            return OptionalDouble.empty();
        }
        if (!validated) {
            return OptionalDouble.of(trainLoss(setting));
        }
        return metrics(setting).map(found -> found.value(judge)).orElse(OptionalDouble.empty());
    }

    private Optional<SweepSetting> best() {
        SweepSetting best = null;
        double value = Double.NaN;
        for (SweepSetting setting : settings) {
            OptionalDouble score = score(setting);
            if (score.isPresent() && judge.isBetter(score.getAsDouble(), value)) {
                best = setting;
                value = score.getAsDouble();
            }
        }
        return Optional.ofNullable(best);
    }

    private Table table() {
        List<String> columns =
                new ArrayList<>(List.of("adapter", "rank", "alpha", "rate", "train loss"));
        if (validated) {
            columns.add("loss");
        }
        if (judge != Metric.LOSS) {
            columns.add(judge.name());
        }
        Table table = new Table(columns.toArray(String[]::new));
        for (SweepSetting setting : settings) {
            List<String> shown =
                    new ArrayList<>(
                            List.of(
                                    setting.name(),
                                    String.valueOf(setting.lora().rank()),
                                    SweepSetting.number(setting.lora().alpha()),
                                    SweepSetting.number(setting.rate()),
                                    number(trainLoss(setting))));
            if (validated) {
                shown.add(metrics(setting).map(found -> number(found.loss())).orElse("-"));
            }
            if (judge != Metric.LOSS) {
                OptionalDouble value = score(setting);
                shown.add(value.isPresent() ? number(value.getAsDouble()) : "-");
            }
            table.row(shown.toArray(String[]::new));
        }
        return table;
    }

    private JsonObject row(SweepSetting setting) {
        LoraTrainingResult result = result(setting);
        JsonObject row = new JsonObject();
        row.addProperty("adapter", setting.name());
        row.addProperty("rank", setting.lora().rank());
        row.addProperty("alpha", setting.lora().alpha());
        row.addProperty("learning_rate", setting.rate());
        row.addProperty("steps", result.steps());
        row.addProperty("stop_reason", Words.lower(result.stopReason()));
        row.add("train_loss", Json.number(trainLoss(setting)));
        metrics(setting).ifPresent(found -> row.add("validation", Json.metrics(found)));
        Path place = trained.places().get(setting.name());
        if (place == null) {
            row.add("saved", JsonNull.INSTANCE);
        } else {
            row.addProperty("saved", place.toString());
        }
        return row;
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }
}
