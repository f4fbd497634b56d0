/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import com.google.gson.Gson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.core.LoraConfig;

/**
 * Adapters on traced Hugging Face models; the program that tools/interop runs beside PEFT, one
 * process for many models.
 */
final class ScriptExchange {
    private static final int STEPS = 5;

    private final Path folder;
    private final NDList found = new NDList();

    private record Plan(List<String> targets, int rank, int alpha, List<String> saved) {}

    private ScriptExchange(Path folder) {
        this.folder = folder;
    }

    /**
     * For each FOLDER reads FOLDER/model.pt, FOLDER/inputs.npz, the adapter FOLDER/theirs and
     * FOLDER/train.json; writes FOLDER/ours.npz with the outputs, FOLDER/again with the adapter
     * that was read and FOLDER/ours with one that was trained, or FOLDER/refused.txt with the
     * reason.
     */
    public static void main(String[] folders) throws IOException {
        for (String name : folders) {
            Path folder = Path.of(name);
            try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
                new ScriptExchange(folder).run(scope);
            } catch (IOException | MalformedModelException | RuntimeException e) {
                Files.writeString(folder.resolve("refused.txt"), String.valueOf(e));
            }
        }
    }

    private void run(NDManager scope) throws IOException, MalformedModelException {
        NDList inputs = NDList.decode(scope, Files.readAllBytes(folder.resolve("inputs.npz")));
        inputs.forEach(input -> input.setName(null));
        try (Model model = load()) {
            add("base", model, inputs);
            Injection injection = Lora.loadAdapter(model, "theirs", folder.resolve("theirs"));
            add("theirs", model, inputs);
            Lora.saveAdapter(model.getBlock(), injection, folder.resolve("again"));
            Lora.mergeAndUnload(model);
            add("merged", model, inputs);
        }
        try (Model model = load()) {
            Injection injection = Lora.inject(model, config());
            train(model, inputs);
            add("trained", model, inputs);
            Lora.saveAdapter(model.getBlock(), injection, folder.resolve("ours"));
        }
        try (OutputStream out = Files.newOutputStream(folder.resolve("ours.npz"))) {
            found.encode(out, NDList.Encoding.NPZ);
        }
    }

    private Model load() throws IOException, MalformedModelException {
        Model model = Model.newInstance("model", "PyTorch");
        try {
            model.load(folder, "model.pt");
        } catch (IOException | MalformedModelException | EngineException e) {
            model.close();
            throw e;
        }
        return model;
    }

    private LoraConfig config() throws IOException {
        Plan plan = new Gson().fromJson(Files.readString(folder.resolve("train.json")), Plan.class);
        return LoraConfig.builder()
                .setRank(plan.rank())
                .setAlpha(plan.alpha())
                .optTargetModules(plan.targets())
                .optModulesToSave(plan.saved())
                .build();
    }

    private static void train(Model model, NDList inputs) {
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.l2Loss())
                        .optOptimizer(
                                Optimizer.adam()
                                        .optLearningRateTracker(Tracker.fixed(0.03f))
                                        .build());
        try (Trainer trainer = model.newTrainer(config)) {
            for (int i = 0; i < STEPS; i++) {
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    NDList outputs = trainer.forward(inputs);
                    collector.backward(main(outputs).square().mean());
                }
                trainer.step();
            }
        }
    }

    /** DJL hands out the entries of a dictionary in an order of its own. */
    private static NDArray main(NDList outputs) {
        return outputs.contains("logits")
                ? outputs.get("logits")
                : outputs.get("last_hidden_state");
    }

    private void add(String name, Model model, NDList inputs) {
        NDManager scope = inputs.head().getManager();
        NDArray output =
                main(model.getBlock().forward(new ParameterStore(scope, false), inputs, false));
        NDArray copy = output.duplicate();
        copy.setName(name);
        found.add(copy);
    }
}
