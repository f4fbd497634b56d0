/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.estimate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.data.BatchSizeOptions;
import org.lora4j.cli.option.Switch;
import org.lora4j.cli.option.TaskKind;
import org.lora4j.embed.EmbeddingTexts;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.BatchPlan;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.estimate.Workload;
import org.lora4j.text.TextExample;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.question.AnswerOptions;
import org.lora4j.text.question.QuestionReader;
import org.lora4j.text.question.QuestionSample;
import org.lora4j.text.question.QuestionWindow;
import org.lora4j.text.sample.CausalSequences;
import org.lora4j.text.sample.SampleFormat;
import org.lora4j.text.sample.SampleReader;
import org.lora4j.text.table.TextFileReader;
import org.lora4j.text.token.TokenSample;
import org.lora4j.text.token.TokenSampleReader;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The batches of a training whose data may not be there yet. */
public final class WorkOptions {
    /** The texts of an example that is compared, where there are no data to count them in. */
    private static final int PAIR = 2;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description =
                    "The texts, to measure their lengths. Without them all have --max-length"
                            + " tokens.")
    private @Nullable Path data;

    @Option(names = "--text-column", paramLabel = "NAME", description = "The column of the text.")
    private @Nullable String text;

    @Option(
            names = "--text-pair-column",
            paramLabel = "NAME",
            description = "A pair's second text.")
    private @Nullable String pair;

    @Mixin private BatchSizeOptions sizes;

    @Option(
            names = "--packing",
            paramLabel = "on|off",
            description = "causal-lm: whether a row of --max-length tokens holds several texts.")
    private Switch packing = Switch.on;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches that make one step.")
    private int accumulate = 1;

    @Option(names = "--steps", paramLabel = "N", description = "Optimiser steps to take.")
    private @Nullable Integer steps;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over --data, instead of --steps; 3 by default.")
    private @Nullable Integer epochs;

    /** The batches, and the steps that they make. */
    public record Work(Workload batches, long steps) {}

    /**
     * Reads the data, if there are any.
     *
     * @param model the directory of the model, whose tokenizer is used
     * @param task what the model is trained for
     * @param virtual the virtual tokens before each text
     * @throws IllegalArgumentException if an option is out of range or missing
     */
    public Work read(Path model, TaskKind task, int virtual) throws IOException {
        boolean causal = task.isCausal();
        int batch = positive("--batch-size", sizes.size(causal));
        int length = positive("--max-length", sizes.length(causal));
        positive("--accumulate", accumulate);
        if (data == null) {
            if (steps == null || epochs != null) {
                throw new IllegalArgumentException(
                        "without --data, --steps says how long the training is; expected --steps"
                                + " N");
            }
            long batches = (long) positive("--steps", steps) * accumulate;
            int texts = task == TaskKind.EMBEDDING ? Math.multiplyExact(batch, PAIR) : batch;
            int tokens = Math.addExact(length, virtual);
            return new Work(Workload.uniform(batches, texts, tokens), steps);
        }
        if (steps != null && epochs != null) {
            throw new IllegalArgumentException(
                    "both --steps " + steps + " and --epochs " + epochs + "; expected one of them");
        }
        BatchOptions options =
                BatchOptions.defaults()
                        .withBatchSize(batch)
                        .withMaxLength(length)
                        .withBucketing(!causal && task != TaskKind.EMBEDDING);
        if (task == TaskKind.EMBEDDING) {
            return compared(model, EmbeddingTexts.read(data), options, virtual);
        }
        int[] lengths = causal ? samples(model, data, length) : texts(model, data, task, length);
        BatchPlan plan =
                causal
                        ? CausalDataset.plan(
                                lengths,
                                CausalOptions.defaults()
                                        .withBatches(options)
                                        .withPacking(packing == Switch.on))
                        : TextDataset.plan(lengths, options);
        return work(plus(lengths, virtual), plan);
    }

    private static int[] plus(int[] lengths, int virtual) {
        return Arrays.stream(lengths).map(length -> length + virtual).toArray();
    }

    private Work work(int[] lengths, BatchPlan plan) {
        long taken;
        long batches;
        if (steps == null) {
            int passes = epochs == null ? 3 : positive("--epochs", epochs);
            long ofPass = plan.batches(0);
            taken = passes * ((ofPass + accumulate - 1) / accumulate);
            batches = passes * ofPass;
        } else {
            taken = positive("--steps", steps);
            batches = taken * accumulate;
        }
        return new Work(Workload.of(batches, lengths, plan), taken);
    }

    /** All texts of an example are in its batch. */
    private Work compared(Path model, EmbeddingTexts texts, BatchOptions options, int virtual)
            throws IOException {
        int columns = texts.columns();
        List<String> all = new ArrayList<>();
        texts.examples().forEach(example -> all.addAll(example.texts()));
        int[] lengths = plus(lengths(model, all, options.maxLength()), virtual);
        BatchPlan examples = TextDataset.plan(new int[texts.examples().size()], options);
        int[][] batches = examples.epoch(0).clone();
        for (int i = 0; i < batches.length; i++) {
            batches[i] =
                    Arrays.stream(batches[i])
                            .flatMap(
                                    example ->
                                            IntStream.range(
                                                    example * columns, (example + 1) * columns))
                            .toArray();
        }
        return work(lengths, BatchPlan.fixed(batches));
    }

    private int[] texts(Path model, Path file, TaskKind task, int length) throws IOException {
        if (task == TaskKind.TOKEN_CLS) {
            List<TokenSample> samples = TokenSampleReader.readAll(file);
            return lengths(model, samples.stream().map(TokenSample::text).toList(), length);
        }
        if (task == TaskKind.QA) {
            return windows(model, QuestionReader.readAll(file), length);
        }
        if (text == null) {
            throw new IllegalArgumentException(
                    "--text-column is missing; labelled texts are read by their columns");
        }
        List<TextExample> rows = TextFileReader.readAll(file, new TextColumns(text, pair, null));
        try (TextTokenizer tokenizer = TextTokenizer.load(model)) {
            return rows.stream()
                    .mapToInt(row -> tokenizer.encode(row.text(), row.pair(), length).length())
                    .toArray();
        }
    }

    /** Each window of a long context is an example. */
    private static int[] windows(Path model, List<QuestionSample> questions, int length)
            throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.load(model)) {
            AnswerOptions options = AnswerOptions.defaults();
            return questions.stream()
                    .flatMap(
                            each -> QuestionWindow.of(tokenizer, each, 0, length, options).stream())
                    .mapToInt(window -> window.tokens().length())
                    .toArray();
        }
    }

    private static int[] lengths(Path model, List<String> texts, int length) throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.load(model)) {
            return texts.stream()
                    .mapToInt(text -> tokenizer.encode(text, null, length).length())
                    .toArray();
        }
    }

    private static int[] samples(Path model, Path file, int length) throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.load(model)) {
            return CausalSequences.of(
                            SampleReader.read(file, SampleFormat.AUTO, OnBadLine.SKIP),
                            tokenizer,
                            length,
                            LossOn.COMPLETION)
                    .lengths();
        }
    }

    private static int positive(String option, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(option + " is " + value + "; expected 1 or more");
        }
        return value;
    }
}
