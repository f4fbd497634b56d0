/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.cli.data.ClassifierData;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.option.TokenizerOption;
import org.lora4j.cli.terminal.Console;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.files.DirectoryLock;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.script.ScriptClassifier;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainer;

/** Runs a plan whose model is a TorchScript file. */
public final class ScriptTraining {
    private final TrainingPlan plan;
    private final TokenizerOption tokenizer;
    private final Console console;

    public ScriptTraining(TrainingPlan plan, TokenizerOption tokenizer, Console console) {
        this.plan = plan;
        this.tokenizer = tokenizer;
        this.console = console;
    }

    public void run() throws IOException {
        Path script = plan.model().script();
        Path words = tokenizer.directory(plan.model());
        try (OutputDirectory output = OutputDirectory.prepare(plan.output());
                DirectoryLock lock = DirectoryLock.acquire(output.path())) {
            if (!(plan.data().read(console) instanceof ClassifierData data)) {
                throw new IllegalStateException("a script is trained on labelled texts alone");
            }
            plan.requireFree(output, console);
            try (ScriptClassifier model = load(script, words, data)) {
                run(model, script, data);
            }
        }
    }

    private ScriptClassifier load(Path script, Path words, ClassifierData data) throws IOException {
        Path adapter = plan.adapter();
        if (adapter != null) {
            return ScriptClassifier.load(script, words, adapter, plan.engine().start());
        }
        Task task = data.task(ScriptClassifier.configuredLabels(words));
        return ScriptClassifier.load(script, words, task, plan.engine().start());
    }

    private void run(ScriptClassifier model, Path script, ClassifierData data) throws IOException {
        StartLines lines = new StartLines(console);
        AdapterConfig adapter = choose(model, lines);
        BatchSource<TextBatch> texts = data.trainingOf(model, console);
        BatchSource<TextBatch> validation = data.validationOf(model);
        TrainingRun.Trained trained =
                new TrainingRun.Trained(
                        script,
                        TrainingFacts.script(plan, model),
                        adapter,
                        model.trainableParameters(),
                        lines,
                        model::saveAdapter);
        new TrainingRun(plan, trained, console)
                .run(LoraTrainer.builder(model).setDataset(texts), texts, validation);
    }

    /** Adds the adapter or lets a loaded one train; returns its configuration. */
    private AdapterConfig choose(ScriptClassifier model, StartLines lines) {
        if (plan.adapter() != null) {
            console.say("going on from " + plan.adapter());
            return model.trainAdapter().config();
        }
        if (!(plan.method() instanceof LoraConfig lora)) {
            throw new IllegalArgumentException(
                    "a TorchScript file is trained by --method lora alone");
        }
        Injection injection = model.addAdapter(lora);
        console.say(injection.table());
        lines.note(lora, injection.config());
        return injection.config();
    }
}
