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
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.EvaluationRun;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.ModelConfig;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.text.TrainingSamples;
import org.lora4j.train.EvaluationMetrics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures a model, with or without an adapter, and writes what it says of each text. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        versionProvider = Lora4j.Version.class,
        sortOptions = false,
        showDefaultValues = true,
        customSynopsis = {
            "lora4j evaluate --model DIR|ID [--adapter DIR] --data FILE --text-column NAME"
                    + " [OPTIONS]",
            "       lora4j evaluate --model DIR|ID [--adapter DIR] --data FILE.jsonl [OPTIONS]"
        },
        description = "Measures a model, with or without an adapter, on texts.",
        footer = {
            "",
            "The model's config tells whether it labels texts or is a language model, of which the",
            "loss and the perplexity are measured. Without --label-column there are predictions",
            "alone. A model with a head of its own, such as a merged one, needs no --adapter.",
            "",
            "Example:",
            "  lora4j evaluate --model DIR --adapter adapter --data dev.tsv --text-column text \\",
            "      --label-column label --predictions predictions.jsonl"
        })
final class EvaluateCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private ModelOption model = new ModelOption();

    @Mixin private AdapterOption adapter = new AdapterOption();

    @Mixin private DataOptions data = new DataOptions();

    @Mixin private SampleOptions samples = new SampleOptions();

    @Option(
            names = "--predictions",
            paramLabel = "FILE",
            description =
                    "Write one JSON object for each text, in order: its label and the logits.")
    private @Nullable Path predictions;

    @Mixin private PrecisionOption precision = new PrecisionOption();

    @Mixin private EngineOptions engine = new EngineOptions();

    @Mixin private ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws Exception {
        try {
            engine.check();
            data.batches(true, true, 0);
        } catch (IllegalArgumentException e) {
            throw wrongUse(e.getMessage());
        }
        Console console = new Console(spec.commandLine(), report);
        requireWritable();
        data.requireFile();
        Path directory = model.resolve(new DownloadLine(console));
        Task task = Task.of(ModelConfig.read(directory));
        if (task instanceof Task.CausalLanguageModel) {
            evaluateCausal(directory, task, console);
        } else {
            evaluateLabelled(directory, task, console);
        }
        return CommandLines.DONE;
    }

    private ParameterException wrongUse(@Nullable String what) {
        return new ParameterException(spec.commandLine(), String.valueOf(what));
    }

    /** An option for another kind of model would have no effect. */
    private void refuse(List<String> options, String why) {
        for (String option : options) {
            if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw wrongUse(option + ": " + why);
            }
        }
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

    private LoraModel load(Path directory, Task task) throws IOException {
        LoadOptions options =
                LoadOptions.defaults()
                        .withDtype(precision.dtype())
                        .withNameOrPath(model.name())
                        .withDevice(engine.start());
        return adapter.load(directory, task, options);
    }

    private void evaluateCausal(Path directory, Task task, Console console) throws IOException {
        refuse(DataOptions.COLUMNS, "the model is a language model, whose data have a --format");
        refuse(List.of("--predictions"), "the model is a language model and gives no labels");
        TrainingSamples read = samples.read(data.file(), console);
        try (LoraModel loaded = load(directory, task)) {
            CausalDataset texts =
                    CausalDataset.forEvaluation(
                            loaded, read, samples.causal(data.causalBatches(false, false, 0)));
            SampleReport.tell(read, texts, console);
            long start = System.nanoTime();
            EvaluationMetrics metrics = new Evaluator(loaded).evaluate(texts);
            double seconds = (System.nanoTime() - start) / 1e9;
            console.say(Words.of(metrics));
            console.say(
                    Words.format(
                            "%,d examples, %,.0f tokens/s",
                            texts.size(), texts.tokens() / seconds));
            JsonObject json = Json.metrics(metrics);
            json.add("examples_per_second", Json.number(texts.size() / seconds));
            json.add("tokens_per_second", Json.number(texts.tokens() / seconds));
            console.result(json);
        }
    }

    private void evaluateLabelled(Path directory, Task task, Console console) throws IOException {
        refuse(SampleOptions.NAMES, "the model labels texts, which are read by --text-column");
        try {
            data.columns();
        } catch (IllegalArgumentException e) {
            throw wrongUse(e.getMessage());
        }
        if (!data.hasLabels() && predictions == null) {
            throw wrongUse(
                    "neither --label-column nor --predictions: there is nothing to find out");
        }
        Rows rows = data.read();
        try (LoraModel loaded = load(directory, task)) {
            evaluate(loaded, rows, console);
        }
    }

    private void evaluate(LoraModel loaded, Rows rows, Console console) throws IOException {
        TextDataset texts =
                data.hasLabels()
                        ? TextDataset.forEvaluation(
                                loaded, rows.examples(), rows.source(), data.batches(true, true, 0))
                        : TextDataset.forPrediction(
                                loaded,
                                rows.examples(),
                                rows.source(),
                                data.batches(true, true, 0));
        Cuts.tell(texts, rows.source(), console);
        long start = System.nanoTime();
        EvaluationRun run = new Evaluator(loaded).run(texts);
        double rate = texts.size() / ((System.nanoTime() - start) / 1e9);
        if (predictions != null) {
            PredictionsFile.write(predictions, run.predictions());
        }
        JsonObject json = run.metrics().map(Json::metrics).orElseGet(JsonObject::new);
        json.add("examples_per_second", Json.number(rate));
        run.metrics().ifPresent(metrics -> console.say(Words.of(metrics)));
        console.say(Words.format("%,d examples, %.0f examples/s", texts.size(), rate));
        if (predictions != null) {
            console.say("predictions: " + predictions);
        }
        console.result(json);
    }
}
