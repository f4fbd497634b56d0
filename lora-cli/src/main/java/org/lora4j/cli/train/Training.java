/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.cli.data.TrainingData;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.DownloadLine;
import org.lora4j.core.AdapterConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.files.DirectoryLock;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.TrainingBatch;

/** Runs a plan: what can fail early fails before the model is loaded. */
public final class Training {
    private final TrainingPlan plan;
    private final Console console;

    public Training(TrainingPlan plan, Console console) {
        this.plan = plan;
        this.console = console;
    }

    public void run() throws IOException {
        try (OutputDirectory output = OutputDirectory.prepare(plan.output());
                DirectoryLock lock = DirectoryLock.acquire(output.path())) {
            TrainingData<?> data = plan.data().read(console);
            Path directory = plan.model().resolve(new DownloadLine(console));
            output.requireOther(directory, "model");
            plan.requireFree(output, console);
            try (TokenExtension tokens = TokenExtension.of(directory, plan.addedTokens(), console);
                    LoraModel model = load(directory, data, tokens)) {
                tokens.resize(model, console);
                run(model, directory, data, tokens);
            }
        }
    }

    private LoraModel load(Path directory, TrainingData<?> data, TokenExtension tokens)
            throws IOException {
        LoadOptions options =
                tokens.on(
                        LoadOptions.defaults()
                                .withDtype(plan.dtype())
                                .withQuantization(
                                        plan.quantization().quantization(plan.trainedWhole()))
                                .withSeed(plan.training().seed())
                                .withNewHead(plan.newHead())
                                .withNameOrPath(plan.model().name()));
        Path adapter = plan.adapter();
        if (adapter != null) {
            return LoraModel.load(directory, adapter, options.withDevice(plan.engine().start()));
        }
        Task task = data.task(ModelConfig.read(directory));
        return LoraModel.load(directory, task, options.withDevice(plan.engine().start()));
    }

    private <B extends TrainingBatch> void run(
            LoraModel model, Path directory, TrainingData<B> data, TokenExtension tokens)
            throws IOException {
        StartLines lines = new StartLines(console);
        AdapterConfig adapter = choose(model, tokens, lines);
        model.block().dropouts().set(plan.baseDropout());
        BatchSource<B> texts = data.training(model, console);
        BatchSource<B> validation = data.validation(model);
        TrainingRun.Trained trained =
                new TrainingRun.Trained(
                        directory,
                        TrainingFacts.base(plan, model, directory),
                        adapter,
                        model.trainableParameters(),
                        lines,
                        place -> save(model, tokens, place));
        new TrainingRun(plan, trained, console)
                .run(LoraTrainer.builder(model).setDataset(texts), texts, validation);
    }

    /** Decides what trains; returns the configuration of the adapter, if one is trained. */
    private @Nullable AdapterConfig choose(LoraModel model, TokenExtension tokens, StartLines lines)
            throws IOException {
        if (plan.full()) {
            model.trainAll();
            console.say("every weight trains");
            return null;
        }
        Path before = plan.adapter();
        if (before != null) {
            model.trainAdapter(Lora.DEFAULT_ADAPTER);
            console.say("going on from " + before);
            return PeftConfigFile.read(before.resolve(PeftConfigFile.FILE_NAME)).method();
        }
        AdapterConfig config = tokens.on(plan.method(), model);
        Injection injection = model.addAdapter(Lora.DEFAULT_ADAPTER, config);
        console.say(injection.table());
        lines.note(plan.method(), injection.config());
        return injection.config();
    }

    private void save(LoraModel model, TokenExtension tokens, Path place) throws IOException {
        if (plan.full()) {
            model.save(place);
        } else {
            model.saveAdapter(Lora.DEFAULT_ADAPTER, place);
        }
        tokens.saveTo(place);
    }
}
