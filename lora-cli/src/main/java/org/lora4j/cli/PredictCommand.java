/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.data.BatchSizeOptions;
import org.lora4j.cli.data.QuestionOptions;
import org.lora4j.cli.data.RowFiles;
import org.lora4j.cli.file.JsonLinesFile;
import org.lora4j.cli.option.GenerationOptions;
import org.lora4j.cli.option.LoadedModelOptions;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.option.TaskKind;
import org.lora4j.cli.predict.RowPredictor;
import org.lora4j.cli.predict.RowPredictors;
import org.lora4j.cli.predict.RowProgress;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.predict.EntityRecognizer;
import org.lora4j.predict.QuestionAnswerer;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.TextFormat;
import org.lora4j.text.table.TextFileReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes what a model makes of each row of a file. */
@Command(
        name = "predict",
        customSynopsis =
                "lora4j predict --model DIR|ID [--adapter DIR] --data FILE --output FILE.jsonl"
                        + " [OPTIONS]",
        description = "Writes what a model makes of each row of a file.",
        footer =
                """

                The model's files, or the adapter's, tell its task, and so which columns are read
                and what is written:
                  classes      text [and a pair]   prediction, probabilities
                  many labels  text [and a pair]   prediction (a list), probabilities
                  regression   text [and a pair]   prediction (a number)
                  tokens       text                prediction: start, end, label, text, probability
                  reranking    query, document     prediction (from 0 to 1)
                  questions    question, context   prediction, start, end, probability
                  generation   prompt              prediction, finish_reason
                --text-column and --text-pair-column read other columns than these. Each line of
                the output is a JSON object with the row's columns and these members, in the order
                of the rows. Places are counted in characters as Python counts them. The rows are
                read a few at a time; the output appears whole or not at all.

                Example:
                  lora4j predict --model DIR --adapter adapter --data texts.csv --output out.jsonl\
                """)
final class PredictCommand implements Action {
    private static final String TEXT_COLUMN = "--text-column";
    private static final String PAIR_COLUMN = "--text-pair-column";
    private static final String NO_ANSWER = "--allow-no-answer";
    private static final int BATCHES_AT_ONCE = 8;
    private static final Set<String> WRITTEN =
            Set.of("prediction", "probabilities", "probability", "start", "end", "finish_reason");
    private static final Map<TaskKind, List<String>> USUAL =
            Map.of(
                    TaskKind.RERANK, List.of("query", "document"),
                    TaskKind.QA, List.of("question", "context"),
                    TaskKind.CAUSAL_LM, List.of("prompt"));

    @Mixin private LoadedModelOptions model;

    @Mixin private RowFiles files;

    @Option(
            names = TEXT_COLUMN,
            paramLabel = "NAME",
            description = "The column of the text, the query, the question or the prompt.")
    private @Nullable String text;

    @Option(
            names = PAIR_COLUMN,
            paramLabel = "NAME",
            description = "The column of a pair's second text, the document or the context.")
    private @Nullable String pair;

    @Option(
            names = NO_ANSWER,
            description = "For qa: a context may have no answer; the prediction is then empty.")
    private boolean allowNone;

    @Mixin private QuestionOptions questions;

    @Mixin private GenerationOptions generation;

    @Mixin private BatchSizeOptions sizes;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws IOException {
        report.check(model::check);
        report.read(() -> sizes.options(false));
        report.read(questions::answers);
        GenerationConfig config = report.read(generation::config);
        report.refuse(
                model.isScript(),
                "--model: a TorchScript file is run by lora4j evaluate --predictions; expected a"
                        + " directory");
        Console console = report.console();
        files.prepare();
        Path directory = model.resolve(console);
        Task task = model.task(directory);
        checkTask(directory, task);
        TextColumns columns = columns(TaskKind.of(task));
        long rows = count(columns, task);
        try (LoraModel loaded = model.load(directory, task)) {
            RowPredictor predictor = predictor(loaded, task, config);
            RowProgress progress = new RowProgress(rows, console);
            int atOnce = BATCHES_AT_ONCE * sizes.size(task instanceof Task.CausalLanguageModel);
            JsonLinesFile.write(
                    files.output(), lines -> write(predictor, columns, atOnce, lines, progress));
            if (predictor.cut() > 0) {
                console.say(
                        "%,d of %,d texts of %s were too long and were cut at --max-length %,d",
                        predictor.cut(),
                        rows,
                        files.data(),
                        Math.min(sizes.length(false), loaded.maxPositions()));
            }
            console.say("%,d rows, %.1f rows/s", rows, progress.perSecond());
            console.say("predictions: " + files.output());
            JsonObject json = new JsonObject();
            json.addProperty("rows", rows);
            json.addProperty("cut", predictor.cut());
            json.add("rows_per_second", Json.number(progress.perSecond()));
            console.result(json);
        }
    }

    private void checkTask(Path directory, Task task) throws IOException {
        report.refuse(
                task instanceof Task.Embedding || model.isEmbedder(directory),
                "--model: the model gives embeddings, which lora4j embed writes; expected one with"
                        + " a head, or an adapter");
        if (!(task instanceof Task.QuestionAnswering)) {
            String why = ": the model does not answer questions";
            report.refuse(QuestionOptions.NAMES, why);
            report.refuse(List.of(NO_ANSWER), why);
        }
        if (task instanceof Task.CausalLanguageModel) {
            report.refuse(List.of("--max-length"), ": prompts are not cut");
        } else {
            report.refuse(GenerationOptions.OPTIONS, ": the model writes no texts");
        }
        if (task instanceof Task.TokenClassification) {
            report.refuse(List.of("--max-length"), ": long texts are read in windows and not cut");
        }
        if (task instanceof Task.TokenClassification || task instanceof Task.CausalLanguageModel) {
            report.refuse(List.of(PAIR_COLUMN), ": the model reads single texts");
        }
    }

    private TextColumns columns(TaskKind task) {
        List<String> usual = USUAL.getOrDefault(task, List.of("text"));
        String first = text == null ? usual.get(0) : text;
        String second = pair == null && usual.size() > 1 ? usual.get(1) : pair;
        report.refuse(WRITTEN.contains(first), TEXT_COLUMN + " " + first + taken());
        report.refuse(
                second != null && WRITTEN.contains(second), PAIR_COLUMN + " " + second + taken());
        return report.read(() -> new TextColumns(first, second, null));
    }

    private static String taken() {
        return ": the output has a member of that name; expected a column of another name";
    }

    private TextFileReader open(TextColumns columns) throws IOException {
        return TextFileReader.open(files.data(), TextFormat.of(files.data()), columns);
    }

    /** Reads through the file, so that a broken row is told before the model runs. */
    private long count(TextColumns columns, Task task) throws IOException {
        long count = 0;
        try (TextFileReader rows = open(columns)) {
            TextExample row;
            while ((row = rows.next()) != null) {
                if (task instanceof Task.QuestionAnswering && row.text().isBlank()) {
                    throw new TextFileException(
                            files.data(), row.line(), "the question is blank; expected text");
                }
                count++;
            }
        }
        if (count == 0) {
            throw new TextFileException(
                    files.data(), 0, "the file has no rows; expected at least one");
        }
        return count;
    }

    private RowPredictor predictor(LoraModel loaded, Task task, GenerationConfig config) {
        if (task instanceof Task.CausalLanguageModel) {
            return RowPredictors.ofPrompts(
                    TextGenerator.of(loaded).withBatchSize(sizes.size(true)).withLogProbabilities(),
                    generation.withStopTokens(config, loaded));
        }
        int batch = sizes.size(false);
        if (task instanceof Task.TokenClassification) {
            return RowPredictors.ofEntities(
                    EntityRecognizer.builder(loaded).optBatchSize(batch).build());
        }
        if (task instanceof Task.QuestionAnswering) {
            return RowPredictors.ofAnswers(
                    QuestionAnswerer.builder(loaded)
                            .optBatchSize(batch)
                            .optMaxLength(sizes.questionLength())
                            .optAnswers(questions.answers().withNone(allowNone))
                            .build());
        }
        return RowPredictors.ofTexts(loaded, files.data(), sizes.options(false));
    }

    private void write(
            RowPredictor predictor,
            TextColumns columns,
            int atOnce,
            JsonLinesFile lines,
            RowProgress progress)
            throws IOException {
        try (TextFileReader reader = open(columns)) {
            List<TextExample> part = new ArrayList<>();
            TextExample row = reader.next();
            while (row != null) {
                part.add(row);
                row = reader.next();
                if (part.size() == atOnce || row == null) {
                    write(columns, part, predict(predictor, part), lines);
                    progress.add(part.size());
                    part.clear();
                }
            }
        }
    }

    private List<JsonObject> predict(RowPredictor predictor, List<TextExample> rows)
            throws IOException {
        try {
            return predictor.predict(rows);
        } catch (IllegalArgumentException e) {
            String what = "of the %,d rows from here on, counted from 0: %s";
            throw new TextFileException(
                    files.data(),
                    rows.get(0).line(),
                    what.formatted(rows.size(), e.getMessage()),
                    e);
        }
    }

    private static void write(
            TextColumns columns,
            List<TextExample> rows,
            List<JsonObject> found,
            JsonLinesFile lines) {
        for (int i = 0; i < rows.size(); i++) {
            JsonObject line = new JsonObject();
            line.addProperty(columns.text(), rows.get(i).text());
            if (columns.pair() != null) {
                line.addProperty(columns.pair(), rows.get(i).pair());
            }
            found.get(i).asMap().forEach(line::add);
            lines.write(line);
        }
    }
}
