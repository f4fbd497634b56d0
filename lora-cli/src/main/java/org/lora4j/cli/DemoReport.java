/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.cli.file.Weights;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Interruption;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.terminal.Words;
import org.lora4j.cli.train.Memory;
import org.lora4j.cli.train.ProgressListener;
import org.lora4j.cli.train.TrainingFiles;
import org.lora4j.cli.train.TrainingManifest;
import org.lora4j.core.LoraConfig;
import org.lora4j.demo.DemoAnswer;
import org.lora4j.demo.DemoHost;
import org.lora4j.demo.DemoPlan;
import org.lora4j.demo.DemoRun;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;

/** Reports a demonstration on the console. */
final class DemoReport implements DemoHost {
    private final DemoPlan plan;
    private final Console console;
    private final List<Measured> runs = new ArrayList<>();
    private final long start = System.nanoTime();
    private @Nullable TrainingManifest manifest;

    /** A run, its peak memory in MB, and the size of what it saved. */
    private record Measured(DemoRun run, OptionalLong peak, long bytes) {
        JsonObject json() {
            JsonObject json = new JsonObject();
            json.addProperty("trainable_parameters", run.parameters().trainable());
            json.addProperty("all_parameters", run.parameters().all());
            json.addProperty("steps", run.training().steps());
            json.add("train_seconds", Json.number(run.training().trainSeconds()));
            json.add("tokens_per_second", Json.number(run.training().tokensPerSecond()));
            json.add("peak_memory_mb", Memory.json(peak));
            json.addProperty("bytes", bytes);
            json.addProperty("exact_before", share(run.before()));
            json.addProperty("exact_after", share(run.after()));
            double test = run.test() == null ? Double.NaN : share(run.test());
            json.add("exact_test", Json.number(test)); // null without a test
            return json;
        }

        void addTo(Table table, String name) {
            table.row(
                    name,
                    Words.format("%,d", run.parameters().trainable()),
                    Words.bytes(bytes),
                    peak.isPresent() ? Words.format("%,d MB", peak.getAsLong()) : "unknown",
                    Words.format("%.0f", run.training().trainSeconds()),
                    percent(run.before()),
                    percent(run.after()));
        }
    }

    DemoReport(DemoPlan plan, Console console) {
        this.plan = plan;
        this.console = console;
    }

    @Override
    public void starts(DemoRun.Method method) {
        if (method == DemoRun.Method.FULL) {
            console.say("The same with every weight:");
            Memory.forgetPeak();
            return;
        }
        console.say(
                "lora4j demo: a language model of 3.2 million parameters, which has never"
                        + " seen an address of%nTaiwan, learns from %,d of them to write their"
                        + " fields as JSON%n",
                plan.addresses());
    }

    @Override
    public void loaded(TrainableParameters parameters) {
        console.say(parameters.toString());
    }

    @Override
    public void examined(boolean trained, List<Boolean> exact, List<DemoAnswer> answers) {
        console.say(
                trained
                        ? "%nafter: %s of the %,d unseen addresses are right: every field, every"
                                + " character"
                        : "%nbefore: %s of %,d addresses that it will not train on are right",
                percent(exact),
                exact.size());
        for (DemoAnswer answer : answers) {
            console.say("  " + answer.address());
            String right = answer.right() ? "right: " : "wrong: ";
            console.say("    " + right + answer.text().replace('\n', ' '));
        }
        console.say("");
    }

    @Override
    public LoraTrainingResult train(LoraTrainer.Builder<?> builder, Path directory)
            throws IOException {
        try (TrainingFiles files = TrainingFiles.open(directory, null, null, null);
                ProgressListener progress = ProgressListener.create(console)) {
            manifest =
                    TrainingManifest.begin(
                            new TrainingManifest.Inputs(plan.base(), plan.trainingData(), null));
            LoraTrainer<?> trainer =
                    builder.addListener(manifest).addListener(files).addListener(progress).build();
            try (Interruption interruption = Interruption.of(trainer::cancel)) {
                LoraTrainingResult result = trainer.fit();
                progress.close();
                files.saveTo(directory, result, console);
                return result;
            }
        }
    }

    @Override
    public void finished(DemoRun run) throws IOException {
        if (manifest != null) {
            manifest.describe(
                    Map.of("model", plan.base(), "all_parameters", run.parameters().all()),
                    run.method() == DemoRun.Method.LORA ? adapter(run.directory()) : null);
            manifest.write(run.directory(), run.training(), console);
        }
        runs.add(new Measured(run, Memory.peakMegabytes(), Weights.bytes(run.directory())));
    }

    private LoraConfig adapter(Path directory) throws IOException {
        PeftConfigFile saved = PeftConfigFile.read(directory.resolve(PeftConfigFile.FILE_NAME));
        return saved.lora().toBuilder().optSeed(plan.seed()).build();
    }

    private static double share(List<Boolean> exact) {
        return (double) exact.stream().filter(e -> e).count() / exact.size();
    }

    private static String percent(List<Boolean> exact) {
        return Words.format("%.1f %%", 100 * share(exact));
    }

    /** Reports the results. */
    void conclude() throws IOException {
        Measured lora = runs.get(0);
        LoraTrainingResult training = lora.run().training();
        Path adapter = lora.run().directory();
        Path curve = adapter.resolve("loss.png");
        long baseBytes = Weights.bytes(plan.base());
        double seconds = (System.nanoTime() - start) / 1e9;
        console.say(
                "%,d steps in %s, %,.0f tokens/s; the whole demonstration: %s",
                training.steps(),
                Words.duration(training.trainSeconds()),
                training.tokensPerSecond(),
                Words.duration(seconds));
        console.say(
                "the adapter: %s in %s, beside a base of %s; the loss curve: %s",
                Words.bytes(lora.bytes()), adapter, Words.bytes(baseBytes), curve);
        List<Boolean> test = lora.run().test();
        if (test != null) {
            console.say(
                    "%s: %s of %,d addresses are right",
                    String.valueOf(plan.test()), percent(test), test.size());
        }
        JsonObject json = lora.json();
        json.addProperty("seed", plan.seed());
        json.addProperty("addresses", plan.addresses());
        json.addProperty("unseen", plan.unseen());
        json.add("seconds", Json.number(seconds));
        json.addProperty("base", plan.base().toString());
        json.addProperty("base_bytes", baseBytes);
        json.addProperty("adapter", adapter.toString());
        json.addProperty("adapter_bytes", lora.bytes());
        json.addProperty("loss_curve", curve.toString());
        json.add("full", JsonNull.INSTANCE);
        if (runs.size() > 1) {
            Measured full = runs.get(1);
            json.add("full", full.json());
            String[] head = {
                "", "trained", "file", "peak memory", "seconds", "right before", "after"
            };
            Table table = new Table(head);
            lora.addTo(table, "LoRA");
            full.addTo(table, "full fine-tuning");
            console.say(System.lineSeparator() + table);
        }
        console.say(
                """

                Next:
                  ./lora4j inspect %s
                  ./lora4j demo --test yours.jsonl    (addresses of yours: docs/demo.md)
                and with a model and data of yours, a prompt and a completion a line as in %s:
                  ./lora4j train --task causal-lm --model path/to/model \\
                      --data yours.jsonl --output out/adapter\
                """,
                adapter, plan.trainingData());
        console.result(json);
    }
}
