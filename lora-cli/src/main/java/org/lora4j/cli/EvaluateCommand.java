/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.data.CausalTexts;
import org.lora4j.cli.data.CountedBatches;
import org.lora4j.cli.data.DataOptions;
import org.lora4j.cli.data.LabelledTexts;
import org.lora4j.cli.data.PreferenceOptions;
import org.lora4j.cli.data.QuestionOptions;
import org.lora4j.cli.data.SampleOptions;
import org.lora4j.cli.data.SampleReport;
import org.lora4j.cli.evaluate.GeneratedTexts;
import org.lora4j.cli.evaluate.QuestionEvaluation;
import org.lora4j.cli.evaluate.TextEvaluation;
import org.lora4j.cli.evaluate.TokenEvaluation;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.option.LoadedModelOptions;
import org.lora4j.cli.option.QuantizationOptions;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.option.TaskKind;
import org.lora4j.cli.option.TokenizerOption;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Words;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.GenerationConfigBuilder;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.PreferenceDataset;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.script.ScriptClassifier;
import org.lora4j.text.TextModel;
import org.lora4j.text.sample.PreferencePairs;
import org.lora4j.text.table.LabelSet;
import org.lora4j.train.BatchSource;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.metric.EvaluationMetrics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures a model, with or without an adapter, and writes its predictions. */
@Command(
        name = "evaluate",
        customSynopsis = {
            "lora4j evaluate --model DIR|ID [--adapter DIR] --data FILE --text-column NAME"
                    + " [OPTIONS]",
            "       lora4j evaluate --model FILE.pt --tokenizer DIR [--adapter DIR] --data FILE"
                    + " --text-column NAME",
            "             [OPTIONS]",
            "       lora4j evaluate --model DIR|ID [--adapter DIR] --data FILE.jsonl [OPTIONS]",
            "       lora4j evaluate --task dpo --model DIR|ID --adapter DIR --data FILE.jsonl"
                    + " [OPTIONS]"
        },
        description = "Measures a model, with or without an adapter, on texts.",
        footer =
                """

                The model's config tells whether it labels texts or is a language model, of which
                the loss and the perplexity are measured, and with --generate the texts that it
                writes. Without --label-column there are
                predictions alone. A model with a head of its own, such as a merged one, needs no
                --adapter. A TorchScript file (.pt, .pth) runs with the tokenizer of the model that
                it was exported from.

                With --task dpo the data are pairs of texts of which one is preferred, and the
                adapter is compared with the base as in a training by preferences: the loss, the
                rewards of both texts, their margin and the share of pairs in the right order.

                Example:
                  lora4j evaluate --model DIR --adapter adapter --data dev.tsv --text-column text \\
                      --label-column label --predictions predictions.jsonl\
                """)
final class EvaluateCommand implements Action {
    private static final String GENERATE = "--generate";
    private static final String MAX_NEW_TOKENS = "--max-new-tokens";
    private static final String NO_ANSWERS = ": the model does not answer questions";

    @Mixin private LoadedModelOptions model;

    @Mixin private TokenizerOption tokenizer;

    @Mixin private DataOptions data;

    @Mixin private SampleOptions samples;

    @Mixin private PreferenceOptions preferences;

    @Mixin private QuestionOptions questions;

    @Option(
            names = "--predictions",
            paramLabel = "FILE",
            description =
                    "Write one JSON object for each text, in order: the text, what is right where"
                            + " the data say so (gold), what is predicted, the probability, the"
                            + " logits.")
    private @Nullable Path predictions;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description =
                    "What the model is for where its files do not say it: embedding, or dpo for an"
                            + " adapter's rewards on pairs. The texts are then those of train"
                            + " --task embedding or dpo. Any other task must be the one that they"
                            + " say.")
    private @Nullable TaskKind asked;

    @Option(
            names = GENERATE,
            description =
                    "Let a language model go on with the prompts, and compare what it writes with"
                            + " the completions: exact match and ROUGE-L.")
    private boolean generate;

    @Option(
            names = MAX_NEW_TOKENS,
            paramLabel = "N",
            description =
                    "The most tokens of a generated text; by default generation_config.json's, or"
                            + " 60.")
    private @Nullable Integer maxNewTokens;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws Exception {
        report.check(model::check);
        report.read(() -> data.batches(false, true, true, 0));
        report.read(questions::answers);
        checkTask();
        Console console = report.console();
        requireWritable();
        data.requireFile();
        if (model.isScript()) {
            report.refuse(
                    QuantizationOptions.NAMES,
                    " is not for a TorchScript file, which is as exported");
            report.refuse(List.of(GENERATE, MAX_NEW_TOKENS), ": the model writes no texts");
            report.refuse(QuestionOptions.NAMES, NO_ANSWERS);
            evaluateScript(console);
            return;
        }
        report.refuse(TokenizerOption.NAMES, TokenizerOption.FOR_SCRIPTS);
        Path directory = model.resolve(console);
        Task task = model.task(directory);
        boolean isEmbedder = task instanceof Task.Embedding || model.isEmbedder(directory);
        checkTask(isEmbedder ? TaskKind.EMBEDDING : TaskKind.of(task));
        boolean embeds = asked == TaskKind.EMBEDDING || (asked == null && isEmbedder);
        if (embeds) {
            report.refuse(DataOptions.COLUMNS, ": the model gives embeddings and no labels");
            report.refuse(List.of(GENERATE, MAX_NEW_TOKENS), ": the model writes no texts");
            report.refuse(QuestionOptions.NAMES, NO_ANSWERS);
            new EmbeddingEvaluation(model, data.file()).run(directory, predictions, console);
            return;
        }
        evaluate(directory, task, console);
    }

    private void evaluate(Path directory, Task task, Console console) throws IOException {
        boolean causal = task instanceof Task.CausalLanguageModel;
        if (!(task instanceof Task.QuestionAnswering)) {
            report.refuse(QuestionOptions.NAMES, NO_ANSWERS);
        }
        if (!causal) {
            report.refuse(
                    List.of(GENERATE, MAX_NEW_TOKENS), ": the model labels texts and writes none");
        }
        if (asked == TaskKind.DPO) {
            report.refuse(!causal, "--task dpo is for language models, and the model is none");
            evaluatePairs(directory, task, console);
        } else if (task instanceof Task.TokenClassification) {
            report.refuse(
                    DataOptions.COLUMNS, ": the model labels tokens, whose texts have no columns");
            report.refuse(SampleOptions.NAMES, ": the model labels tokens");
            try (LoraModel loaded = model.load(directory, task)) {
                data.tellPositions(loaded, console);
                new TokenEvaluation(loaded, console)
                        .run(data.file(), data.batches(false, true, true, 0), predictions);
            }
        } else if (task instanceof Task.QuestionAnswering) {
            report.refuse(
                    DataOptions.COLUMNS, ": the model answers questions, which have no columns");
            report.refuse(SampleOptions.NAMES, ": the model answers questions");
            try (LoraModel loaded = model.load(directory, task)) {
                data.tellPositions(loaded, console);
                new QuestionEvaluation(loaded, console)
                        .run(
                                data.file(),
                                data.questionBatches(true, true, 0),
                                questions.answers(),
                                predictions);
            }
        } else if (causal) {
            evaluateCausal(directory, task, console);
        } else {
            evaluateLabelled(directory, task, console);
        }
    }

    /** Whether the option names a task that a model's files say. */
    private boolean isSaid() {
        return asked != null && asked != TaskKind.EMBEDDING && asked != TaskKind.DPO;
    }

    private void checkTask(TaskKind said) {
        report.refuse(
                isSaid() && asked != said,
                "--task %s: the model's files say %s; expected that, or no --task"
                        .formatted(asked, said));
    }

    private void checkTask() {
        report.refuse(
                model.isScript() && isSaid(),
                "--task " + asked + ": a TorchScript file tells its task; expected no --task");
        if (asked != TaskKind.DPO) {
            report.refuse(PreferenceOptions.NAMES, " is for --task dpo");
            return;
        }
        report.refuse(model.isScript(), "--task dpo is for language models, not TorchScript files");
        report.refuse(
                !model.hasAdapter(),
                "--task dpo compares an adapter with its base; expected --adapter");
        report.refuse(DataOptions.COLUMNS, " is not for --task dpo, whose data are pairs");
        report.refuse(SampleOptions.NOT_FOR_PAIRS, " is not for --task dpo, whose data are pairs");
        report.refuse(
                List.of(GENERATE, MAX_NEW_TOKENS), " is not for --task dpo, which writes no texts");
        report.refuse(List.of("--predictions"), " is not for --task dpo, which gives no labels");
        report.read(preferences::loss);
    }

    private void requireWritable() throws IOException {
        if (predictions == null) {
            return;
        }
        if (Files.isDirectory(predictions)) {
            throw new IOException(predictions + ": is a directory; expected a file to write");
        }
        Path parent = predictions.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            throw new IOException(parent + ": no such directory to write predictions to");
        }
        if (parent != null) {
            OutputDirectory.prepare(parent).close();
        }
    }

    private void evaluateCausal(Path directory, Task task, Console console) throws IOException {
        report.refuse(
                DataOptions.COLUMNS, ": the model is a language model, whose data have a --format");
        report.refuse(
                predictions != null && !generate,
                "--predictions: the model is a language model and gives no labels; expected"
                        + " --generate, which writes texts");
        report.refuse(maxNewTokens != null && !generate, MAX_NEW_TOKENS + " is for --generate");
        GeneratedTexts written =
                generate ? new GeneratedTexts(samples.read(data.file(), console)) : null;
        CausalOptions options = samples.causal(data.batches(true, false, false, 0));
        CausalTexts texts = CausalTexts.read(data.file(), data, samples, options, console);
        try (LoraModel loaded = model.load(directory, task)) {
            data.tellPositions(loaded, console);
            BatchSource<CausalBatch> read = texts.evaluation().apply(loaded);
            CountedBatches<CausalBatch> batches = new CountedBatches<>(read);
            JsonObject json =
                    measure(loaded, batches, () -> SampleReport.tellRead(read, console), console);
            if (written != null) {
                GenerationConfigBuilder config = GenerationConfig.builder().optTemperature(0);
                if (maxNewTokens != null) {
                    config.optMaxNewTokens(maxNewTokens);
                }
                written.run(loaded, config.build(), predictions, json, console);
            }
            console.result(json);
        }
    }

    private void evaluatePairs(Path directory, Task task, Console console) throws IOException {
        PreferencePairs pairs = samples.pairs(data.file(), console);
        try (LoraModel loaded = model.load(directory, task)) {
            data.tellPositions(loaded, console);
            PreferenceDataset read =
                    PreferenceDataset.forEvaluation(
                            loaded, pairs, preferences.loss(), data.batches(true, false, false, 0));
            SampleReport.tell(pairs, read, console);
            console.result(measure(loaded, new CountedBatches<>(read), () -> {}, console));
        }
    }

    private static <B extends TrainingBatch> JsonObject measure(
            LoraModel loaded, CountedBatches<B> batches, Runnable tellRead, Console console) {
        long start = System.nanoTime();
        EvaluationMetrics metrics = new Evaluator(loaded).evaluate(batches);
        double seconds = (System.nanoTime() - start) / 1e9;
        tellRead.run();
        console.say(Words.of(metrics));
        double speed = batches.tokens() / seconds;
        console.say("%,d examples, %,.0f tokens/s", batches.texts(), speed);
        JsonObject json = Json.metrics(metrics);
        json.add("examples_per_second", Json.number(batches.texts() / seconds));
        json.add("tokens_per_second", Json.number(speed));
        return json;
    }

    private void evaluateLabelled(Path directory, Task task, Console console) throws IOException {
        LabelledTexts texts = labelled(console);
        try (LoraModel loaded = model.load(directory, task)) {
            data.tellPositions(loaded, console);
            evaluate(loaded, new Evaluator(loaded)::run, texts, console);
        }
    }

    private void evaluateScript(Console console) throws IOException {
        report.refuse(List.of("--dtype"), " is not for a TorchScript file, which is as exported");
        LabelledTexts texts = labelled(console);
        Path words = model.tokenizer(tokenizer);
        try (ScriptClassifier loaded = model.loadScript(words)) {
            if (!model.hasAdapter() && data.hasLabels() && !loaded.labels().isEmpty()) {
                List<String> configured = ScriptClassifier.configuredLabels(words);
                loaded.setLabels(LabelSet.forTraining(texts.labels().get(), configured).names());
                console.say("labels: " + String.join(", ", loaded.labels()));
            }
            data.tellPositions(loaded, console);
            evaluate(loaded, loaded::run, texts, console);
        }
    }

    private void evaluate(
            TextModel loaded, TextEvaluation.Run run, LabelledTexts texts, Console console)
            throws IOException {
        BatchSource<TextBatch> all =
                (data.hasLabels() ? texts.evaluation() : texts.prediction()).apply(loaded);
        new TextEvaluation(loaded, data, console).run(run, all, predictions);
    }

    private LabelledTexts labelled(Console console) throws IOException {
        report.refuse(
                SampleOptions.NAMES, ": the model labels texts, which are read by --text-column");
        report.read(data::columns);
        report.refuse(
                !data.hasLabels() && predictions == null,
                "neither --label-column nor --predictions: there is nothing to find out");
        BatchOptions options = data.batches(false, true, true, 0);
        return LabelledTexts.read(data.file(), data, options, console);
    }
}
