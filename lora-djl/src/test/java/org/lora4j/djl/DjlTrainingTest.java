/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Optimizers;
import org.lora4j.torch.Torch;

/** Training with DJL's own trainer, and with our gradients: only A and B change. */
final class DjlTrainingTest {
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3})
    void djlsTrainerChangesAAndBAndNothingElse(double dropout, @TempDir Path directory)
            throws Exception {
        save(directory);
        try (Model model = load(directory)) {
            Injection injection =
                    Lora.inject(model, Trees.config("all-linear").optDropout(dropout).build());
            Map<String, float[]> base = Trees.values(model.getBlock());
            NDManager manager = model.getNDManager();
            NDArray x = Trees.input(manager, 16, 3);
            NDArray y = Trees.input(manager, 16, 5);
            List<float[]> before = tensors(injection);
            List<Float> losses = new ArrayList<>();
            try (Trainer trainer = model.newTrainer(sgd())) {
                trainer.initialize(new Shape(16, 3));
                for (int step = 0; step < 5; step++) {
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray loss =
                                trainer.getLoss()
                                        .evaluate(new NDList(y), trainer.forward(new NDList(x)));
                        losses.add(loss.getFloat());
                        collector.backward(loss);
                    }
                    trainer.step();
                }
            }
            List<float[]> after = tensors(injection);
            for (int i = 0; i < before.size(); i++) {
                assertThat(after.get(i)).isNotEqualTo(before.get(i));
            }
            Trees.assertSame(Trees.values(model.getBlock()), base);
            if (dropout == 0) {
                assertThat(losses).isSortedAccordingTo((a, b) -> Float.compare(b, a));
            }
        }
    }

    @Test
    void newTrainerLeavesTheBaseOfALoadedModelFrozen(@TempDir Path directory) throws Exception {
        save(directory);
        try (Model model = load(directory)) {
            Lora.inject(model, Trees.config("01Linear").build());
            model.newTrainer(sgd()).close();
            assertThat(Trees.trained(model.getBlock()))
                    .containsExactly("01Linear_lora_A", "01Linear_lora_B");
        }
        try (Model model = load(directory)) {
            Lora.inject(model.getBlock(), Trees.config("01Linear").build());
            try (Trainer trainer = model.newTrainer(sgd())) {
                NDArray x = Trees.input(model.getNDManager(), 16, 3);
                assertThat(Trees.trained(model.getBlock())).contains("03Linear_weight");
                trainer.forward(new NDList(x)); // not initialised: seen in the first pass
                assertThat(Trees.trained(model.getBlock()))
                        .containsExactly("01Linear_lora_A", "01Linear_lora_B");
            }
        }
    }

    @Test
    void ourGradientsTrainAAndBAndNothingElse() {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            SequentialBlock mlp = Trees.mlp(manager);
            Injection injection = Lora.inject(mlp, Trees.config("all-linear").build());
            Map<String, float[]> base = Trees.values(mlp);
            List<float[]> before = tensors(injection);
            NDList parameters = new NDList();
            injection
                    .hosts()
                    .forEach(
                            host ->
                                    host.tensors("default")
                                            .values()
                                            .forEach(
                                                    parameter ->
                                                            parameters.add(parameter.getArray())));
            NDArray x = Trees.input(manager, 16, 3);
            NDArray y = Trees.input(manager, 16, 5);
            List<Float> losses = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                try (NDManager step = manager.newSubManager()) {
                    NDArray own = x.duplicate();
                    own.attach(step);
                    NDArray out =
                            mlp.forward(new ParameterStore(step, false), new NDList(own), true)
                                    .head();
                    NDArray loss = Torch.squaredErrorSum(out, y);
                    losses.add(loss.getFloat());
                    NDList gradients = Autograd.gradients(loss, parameters);
                    Optimizers.sgd(parameters, gradients, 0.001);
                }
            }
            assertThat(losses).isSortedAccordingTo((a, b) -> Float.compare(b, a));
            List<float[]> after = tensors(injection);
            for (int i = 0; i < before.size(); i++) {
                assertThat(after.get(i)).isNotEqualTo(before.get(i));
            }
            Trees.assertSame(Trees.values(mlp), base);
        }
    }

    private static List<float[]> tensors(Injection injection) {
        List<float[]> values = new ArrayList<>();
        injection
                .layers()
                .forEach(
                        layer -> {
                            LoraAdapter adapter = layer.adapter("default").orElseThrow();
                            values.add(adapter.a().getArray().toFloatArray());
                            values.add(adapter.b().getArray().toFloatArray());
                        });
        return values;
    }

    private static DefaultTrainingConfig sgd() {
        return new DefaultTrainingConfig(Loss.l2Loss())
                .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.02f)).build());
    }

    private static void save(Path directory) throws Exception {
        try (Model model = Model.newInstance("m")) {
            model.setBlock(Trees.mlp());
            model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3));
            model.save(directory, "m");
        }
    }

    private static Model load(Path directory) throws Exception {
        Model model = Model.newInstance("m");
        model.setBlock(Trees.mlp());
        model.load(directory, "m");
        return model;
    }
}
