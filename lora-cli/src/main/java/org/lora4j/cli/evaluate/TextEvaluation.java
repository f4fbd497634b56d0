/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.evaluate;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.data.CountedBatches;
import org.lora4j.cli.data.DataOptions;
import org.lora4j.cli.data.SampleReport;
import org.lora4j.cli.file.JsonLinesFile;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Words;
import org.lora4j.hf.Prediction;
import org.lora4j.hf.TextBatch;
import org.lora4j.predict.Reranker;
import org.lora4j.predict.TextClassifier;
import org.lora4j.text.TextExample;
import org.lora4j.text.TextModel;
import org.lora4j.text.TextTarget;
import org.lora4j.text.lines.TextFormat;
import org.lora4j.text.table.LabelSet;
import org.lora4j.text.table.SeveralLabels;
import org.lora4j.text.table.TextFileReader;
import org.lora4j.train.BatchSource;
import org.lora4j.train.metric.ClassReport;
import org.lora4j.train.metric.EvaluationMetrics;

/**
 * Measures a model of texts, each class by itself, and writes what it says of each text beside what
 * is right.
 */
public final class TextEvaluation {
    private final TextModel model;
    private final DataOptions data;
    private final Console console;
    private final @Nullable LabelSet known;
    private final @Nullable ClassReport report;
    private final List<TextExample> ranked = new ArrayList<>();
    private final List<Double> relevances = new ArrayList<>();

    /** Runs a model over texts. */
    public interface Run {
        /** Tells each prediction, and returns how right they were where there are labels. */
        Optional<EvaluationMetrics> over(BatchSource<TextBatch> texts, Consumer<Prediction> each);
    }

    /**
     * Prepares the evaluation of a model.
     *
     * @param model the model, with its labels
     * @param data where its texts are, and the labels if there are any
     * @param console where the results are told
     */
    public TextEvaluation(TextModel model, DataOptions data, Console console) {
        this.model = model;
        this.data = data;
        this.console = console;
        known = model.labels().isEmpty() ? null : LabelSet.of(model.labels());
        if (!data.hasLabels() || model.labels().isEmpty()) {
            report = null;
        } else {
            report =
                    model.target() == TextTarget.LABELS
                            ? ClassReport.ofSeveral(model.labels())
                            : ClassReport.ofOne(model.labels());
        }
    }

    /**
     * Measures and predicts.
     *
     * @param run runs the model
     * @param texts its texts: all rows of the file, in their order
     * @param predictions where a line for each text goes, or null
     */
    public void run(Run run, BatchSource<TextBatch> texts, @Nullable Path predictions)
            throws IOException {
        CountedBatches<TextBatch> batches = new CountedBatches<>(texts);
        List<Optional<EvaluationMetrics>> measured = new ArrayList<>();
        long start = System.nanoTime();
        try (TextFileReader rows =
                TextFileReader.open(data.file(), TextFormat.of(data.file()), data.columns())) {
            if (predictions == null) {
                measured.add(run.over(batches, each -> judge(next(rows), each)));
            } else {
                JsonLinesFile.write(
                        predictions,
                        lines ->
                                measured.add(
                                        run.over(
                                                batches,
                                                each -> lines.write(judge(next(rows), each)))));
            }
        }
        double rate = batches.texts() / ((System.nanoTime() - start) / 1e9);
        SampleReport.tellRead(texts, console);
        Optional<EvaluationMetrics> metrics = measured.get(0);
        JsonObject json = metrics.map(Json::metrics).orElseGet(JsonObject::new);
        json.add("examples_per_second", Json.number(rate));
        metrics.ifPresent(found -> console.say(Words.of(found)));
        if (ranked.stream().anyMatch(row -> number(row) > 0)) {
            Reranker.evaluate(ranked, relevances)
                    .forEach(
                            (name, value) -> {
                                console.say("%s %.4f", name, value);
                                json.add(name, Json.number(value));
                            });
        }
        if (report != null) {
            new ClassTables(report, json, console).show();
        }
        console.say("%,d examples, %.0f examples/s", batches.texts(), rate);
        if (predictions != null) {
            console.say("predictions: " + predictions);
        }
        console.result(json);
    }

    private TextExample next(TextFileReader rows) {
        try {
            TextExample row = rows.next();
            if (row == null) {
                throw new IOException(data.file() + ": has fewer rows than when it was first read");
            }
            return row;
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** Counts a prediction, and returns its line. */
    private JsonObject judge(TextExample row, Prediction prediction) {
        JsonObject line = new JsonObject();
        line.addProperty("text", row.text());
        if (row.pair() != null) {
            line.addProperty("pair", row.pair());
        }
        if (row.label() != null) {
            judge(row, row.label(), prediction, line);
        }
        line.addProperty("label", prediction.label());
        List<Double> probabilities =
                TextClassifier.probabilities(model.target(), prediction.logits());
        if (model.target() == TextTarget.LABELS) {
            line.add("probabilities", Json.named(model.labels(), probabilities));
        } else if (!probabilities.isEmpty()) {
            line.add("probability", Json.number(probabilities.stream().max(Double::compare).get()));
        }
        JsonArray logits = new JsonArray();
        prediction.logits().forEach(value -> logits.add(Json.number(value)));
        line.add("logits", logits);
        return line;
    }

    private void judge(TextExample row, String label, Prediction prediction, JsonObject line) {
        if (report == null) {
            line.add("gold", Json.number(number(row)));
            if (model.target() == TextTarget.RELEVANCE && row.pair() != null) {
                ranked.add(row);
                relevances.add((double) prediction.logits().get(0));
            }
        } else if (report.isOfSeveral()) {
            Set<Integer> own = ids(SeveralLabels.of(label));
            report.add(own, ids(SeveralLabels.of(prediction.label())));
            line.add("gold", Json.array(own.stream().map(model.labels()::get).toList()));
        } else {
            int own = id(label);
            report.add(own, model.labels().indexOf(prediction.label()));
            line.addProperty("gold", model.labels().get(own));
        }
    }

    private static double number(TextExample row) {
        return Double.parseDouble(String.valueOf(row.label()));
    }

    private Set<Integer> ids(List<String> labels) {
        Set<Integer> ids = new TreeSet<>();
        labels.forEach(label -> ids.add(id(label)));
        return ids;
    }

    private int id(String label) {
        return Objects.requireNonNull(known).find(label).orElseThrow();
    }
}
