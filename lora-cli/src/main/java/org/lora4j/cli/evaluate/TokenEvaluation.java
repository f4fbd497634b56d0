/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.evaluate;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.data.TokenData;
import org.lora4j.cli.file.JsonLinesFile;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.terminal.Words;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.data.TokenDataset;
import org.lora4j.hf.score.TextScores;
import org.lora4j.hf.token.TokenBatch;
import org.lora4j.predict.Entity;
import org.lora4j.predict.EntityRecognizer;
import org.lora4j.text.token.EntityCounts;
import org.lora4j.text.token.EntityReading;
import org.lora4j.text.token.LabelledSpan;
import org.lora4j.text.token.TagScheme;
import org.lora4j.text.token.TokenSample;
import org.lora4j.text.token.TokenSampleReader;
import org.lora4j.train.metric.EvaluationMetrics;

/** Measures a model that labels tokens, and writes the entities that it finds. */
public final class TokenEvaluation {
    private final LoraModel model;
    private final Console console;
    private final List<JsonObject> words = new ArrayList<>();

    public TokenEvaluation(LoraModel model, Console console) {
        this.model = model;
        this.console = console;
    }

    /**
     * Measures, where the texts are labelled, and predicts, where a file is named.
     *
     * @param file the texts
     * @param options how they are batched
     * @param predictions where entities go, or null
     */
    public void run(Path file, BatchOptions options, @Nullable Path predictions)
            throws IOException {
        List<TokenSample> samples = TokenSampleReader.readAll(file);
        JsonObject json = new JsonObject();
        boolean labelled =
                samples.stream()
                        .allMatch(s -> !(s instanceof TokenSample.Words w) || !w.tags().isEmpty());
        if (!labelled && predictions == null) {
            throw new IOException(
                    file
                            + ": the words have no tags, and without --predictions there is nothing"
                            + " to find out");
        }
        if (labelled) {
            json = measured(file, samples, options, predictions != null);
        }
        if (predictions != null) {
            predict(samples, options.batchSize(), predictions);
            console.say("predictions: " + predictions);
        }
        console.result(json);
    }

    private JsonObject measured(
            Path file, List<TokenSample> samples, BatchOptions options, boolean keep) {
        TokenDataset texts =
                TokenData.told(
                        TokenDataset.forEvaluation(model, samples, file.toString(), options),
                        file,
                        console);
        TagScheme scheme = TagScheme.of(model.labels());
        EntityReading reading =
                scheme == TagScheme.BILOU ? EntityReading.STRICT : EntityReading.DEFAULT;
        EntityCounts counts = new EntityCounts(scheme, reading);
        samples.forEach(sample -> words.add(new JsonObject()));
        long start = System.nanoTime();
        EvaluationMetrics metrics =
                new Evaluator(model)
                        .evaluate(
                                texts,
                                (batch, outputs) -> {
                                    for (int row = 0; row < batch.size(); row++) {
                                        add(batch, row, outputs, scheme, counts, keep);
                                    }
                                });
        double rate = samples.size() / ((System.nanoTime() - start) / 1e9);
        JsonObject json = Json.metrics(metrics);
        json.add("examples_per_second", Json.number(rate));
        if (scheme != TagScheme.PLAIN) {
            json.add("entities", byType(counts));
        }
        console.say(Words.of(metrics));
        console.say("%,d examples, %.0f examples/s", samples.size(), rate);
        return json;
    }

    /** Shows the scores of each kind of entity. */
    private JsonObject byType(EntityCounts counts) {
        Table table = new Table("entity", "precision", "recall", "f1", "true");
        JsonObject json = new JsonObject();
        counts.byType()
                .forEach(
                        (type, scores) -> ClassTables.add(table, json, type, type, "true", scores));
        console.say(table.toString());
        return json;
    }

    /** Counts the entities of a text, and keeps the tags and logits of its words. */
    private void add(
            TokenBatch batch,
            int row,
            float[] outputs,
            TagScheme scheme,
            EntityCounts counts,
            boolean keep) {
        List<String> names = model.labels();
        int columns = batch.texts().columns();
        List<String> predicted = new ArrayList<>();
        List<String> truth = new ArrayList<>();
        JsonArray logits = new JsonArray();
        for (int at = row * columns; at < (row + 1) * columns; at++) {
            int label = batch.labels()[at];
            if (label == TokenBatch.NONE) {
                continue;
            }
            int from = at * names.size();
            predicted.add(names.get(TextScores.best(outputs, from, names.size())));
            truth.add(names.get(label));
            JsonArray own = new JsonArray();
            for (int i = 0; i < names.size(); i++) {
                own.add(Json.number(outputs[from + i]));
            }
            logits.add(own);
        }
        if (scheme != TagScheme.PLAIN) {
            counts.add(predicted, truth);
        }
        if (keep) {
            JsonObject own = words.get(batch.examples()[row]);
            own.add("tags", Json.array(predicted));
            own.add("logits", logits);
        }
    }

    private void predict(List<TokenSample> samples, int batchSize, Path file) throws IOException {
        EntityRecognizer recognizer =
                EntityRecognizer.builder(model).optBatchSize(batchSize).build();
        JsonLinesFile.write(
                file,
                lines -> {
                    int window = 32 * batchSize;
                    for (int from = 0; from < samples.size(); from += window) {
                        List<TokenSample> part =
                                samples.subList(from, Math.min(samples.size(), from + window));
                        List<List<Entity>> found =
                                recognizer.recognize(part.stream().map(TokenSample::text).toList());
                        for (int i = 0; i < part.size(); i++) {
                            JsonObject line = line(part.get(i), found.get(i));
                            if (!words.isEmpty()) {
                                words.get(from + i).asMap().forEach(line::add);
                            }
                            lines.write(line);
                        }
                    }
                });
    }

    private static JsonObject line(TokenSample sample, List<Entity> found) {
        JsonObject line = entities(sample.text(), found);
        if (sample instanceof TokenSample.Spans spans) {
            JsonArray gold = new JsonArray();
            for (LabelledSpan span : spans.spans()) {
                gold.add(span(sample.text(), span.start(), span.end(), span.label()));
            }
            line.add("gold", gold);
        } else if (sample instanceof TokenSample.Words words) {
            line.add("gold", Json.array(words.tags()));
        }
        return line;
    }

    private static JsonObject entities(String text, List<Entity> found) {
        JsonObject line = new JsonObject();
        line.addProperty("text", text);
        line.add("entities", spans(text, found));
        return line;
    }

    /** Returns the entities of a text, with places in characters as Python counts them. */
    public static JsonArray spans(String text, List<Entity> found) {
        JsonArray entities = new JsonArray();
        for (Entity entity : found) {
            JsonObject span = span(text, entity.start(), entity.end(), entity.label());
            span.addProperty("text", entity.text());
            span.add("probability", Json.number(entity.probability()));
            entities.add(span);
        }
        return entities;
    }

    private static JsonObject span(String text, int start, int end, String label) {
        JsonObject span = new JsonObject();
        span.addProperty("start", text.codePointCount(0, start));
        span.addProperty("end", text.codePointCount(0, end));
        span.addProperty("label", label);
        return span;
    }
}
