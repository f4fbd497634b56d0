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
import org.lora4j.cli.data.QuestionData;
import org.lora4j.cli.file.JsonLinesFile;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Words;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.data.QuestionDataset;
import org.lora4j.hf.span.SpanBatch;
import org.lora4j.predict.QuestionAnswerer;
import org.lora4j.predict.TextPair;
import org.lora4j.text.question.Answer;
import org.lora4j.text.question.AnswerOptions;
import org.lora4j.text.question.AnswerReading;
import org.lora4j.text.question.GoldAnswer;
import org.lora4j.text.question.QuestionReader;
import org.lora4j.text.question.QuestionSample;
import org.lora4j.text.question.QuestionWindow;
import org.lora4j.text.question.SquadScript;
import org.lora4j.train.metric.EvaluationMetrics;

/** Measures a model that answers questions, and writes its answers. */
public final class QuestionEvaluation {
    private final LoraModel model;
    private final Console console;

    public QuestionEvaluation(LoraModel model, Console console) {
        this.model = model;
        this.console = console;
    }

    /**
     * Measures, where all questions have their answers, and predicts, where a file is named.
     *
     * @param file the questions
     * @param options how they are batched
     * @param answers how contexts are divided and answers read
     * @param predictions where answers go, or null
     */
    public void run(
            Path file, BatchOptions options, AnswerOptions answers, @Nullable Path predictions)
            throws IOException {
        List<QuestionSample> samples = QuestionReader.readAll(file);
        boolean labelled = samples.stream().allMatch(QuestionSample::isLabelled);
        if (!labelled && predictions == null) {
            throw new IOException(
                    file
                            + ": there are questions without answers, and without --predictions"
                            + " there is nothing to find out");
        }
        AnswerOptions own = answers.fitting(samples);
        JsonObject json = new JsonObject();
        List<List<AnswerReading>> read = new ArrayList<>();
        if (labelled) {
            if (predictions != null) {
                samples.forEach(sample -> read.add(new ArrayList<>()));
            }
            QuestionDataset data =
                    QuestionData.told(
                            QuestionDataset.forEvaluation(
                                    model, samples, file.toString(), options, own),
                            console);
            long start = System.nanoTime();
            EvaluationMetrics metrics =
                    new Evaluator(model)
                            .evaluate(
                                    data,
                                    (batch, outputs) -> {
                                        if (predictions != null) {
                                            take(batch, outputs, read);
                                        }
                                    });
            double rate = samples.size() / ((System.nanoTime() - start) / 1e9);
            json = Json.metrics(metrics);
            json.add("examples_per_second", Json.number(rate));
            console.say(Words.of(metrics));
            console.say("%,d questions, %.0f questions/s", samples.size(), rate);
        }
        if (predictions != null) {
            QuestionAnswerer answerer =
                    QuestionAnswerer.builder(model)
                            .optBatchSize(options.batchSize())
                            .optMaxLength(options.maxLength())
                            .optAnswers(own)
                            .build();
            List<Answer> given =
                    read.stream().map(one -> AnswerReading.answers(one).get(0)).toList();
            predict(answerer, given, samples, own.allowNone(), options.batchSize(), predictions);
            console.say("predictions: " + predictions);
        }
        console.result(json);
    }

    private static void predict(
            QuestionAnswerer answerer,
            List<Answer> given,
            List<QuestionSample> samples,
            boolean none,
            int batchSize,
            Path file)
            throws IOException {
        SquadScript script = none ? SquadScript.V2 : SquadScript.V1;
        int window = 32 * batchSize;
        JsonLinesFile.write(
                file,
                lines -> {
                    for (int from = 0; from < samples.size(); from += window) {
                        List<QuestionSample> part =
                                samples.subList(from, Math.min(samples.size(), from + window));
                        List<Answer> found =
                                given.isEmpty()
                                        ? answers(answerer, part)
                                        : given.subList(from, from + part.size());
                        for (int i = 0; i < part.size(); i++) {
                            lines.write(line(part.get(i), found.get(i), script));
                        }
                    }
                });
    }

    private static List<Answer> answers(QuestionAnswerer answerer, List<QuestionSample> part) {
        return answerer
                .answers(part.stream().map(s -> new TextPair(s.question(), s.context())).toList())
                .stream()
                .map(found -> found.get(0))
                .toList();
    }

    /** Keeps what is read of each window by its question. */
    private static void take(SpanBatch batch, float[] outputs, List<List<AnswerReading>> read) {
        int each = outputs.length / batch.size();
        for (int i = 0; i < batch.size(); i++) {
            QuestionWindow window = batch.windows().get(i);
            read.get(window.question()).add(AnswerReading.of(window, outputs, i * each));
        }
    }

    private static JsonObject line(QuestionSample sample, Answer answer, SquadScript script) {
        JsonObject line = answer(sample, answer);
        if (sample.isLabelled()) {
            JsonArray gold = new JsonArray();
            sample.answers().forEach(each -> gold.add(each.text()));
            line.add("gold", gold);
            SquadScript.Given given =
                    new SquadScript.Given(
                            answer.text(),
                            sample.answers().stream().map(GoldAnswer::text).toList());
            line.addProperty("exact_match", script.isExact(given));
            line.add("f1", Json.number(script.f1(given)));
        }
        return line;
    }

    private static JsonObject answer(QuestionSample sample, Answer answer) {
        JsonObject line = new JsonObject();
        if (!sample.id().isEmpty()) {
            line.addProperty("id", sample.id());
        }
        line.addProperty("question", sample.question());
        line.addProperty("answer", answer.text());
        addPlace(line, sample.context(), answer);
        return line;
    }

    /**
     * Adds where in its context an answer stands, in characters as Python counts them, null where
     * there is none, and its probability.
     */
    public static void addPlace(JsonObject line, String context, Answer answer) {
        boolean none = answer.isNone();
        line.addProperty("start", none ? null : context.codePointCount(0, answer.start()));
        line.addProperty("end", none ? null : context.codePointCount(0, answer.end()));
        line.add("probability", Json.number(answer.probability()));
    }
}
