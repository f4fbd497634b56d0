/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.List;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;

/** Adapts a model of DJL's own blocks and trains the adapter with DJL's own Trainer. */
public final class AdaptDjlModel {
    private static final LoraConfig LORA =
            LoraConfig.builder().setRank(4).setAlpha(8).optTargetModules("all-linear").build();

    private AdaptDjlModel() {}

    /**
     * What the example gives.
     *
     * @param before the loss before the first step
     * @param after the loss after the last
     * @param trainable how many numbers were trained
     * @param state the names of what would be kept
     */
    public record Result(float before, float after, long trainable, List<String> state) {}

    /**
     * Runs the example.
     *
     * @param args none
     */
    public static void main(String[] args) {
        System.out.println(run(100));
    }

    static Result run(int steps) {
        Engine.getEngine("PyTorch").setRandomSeed(1);
        try (Model model = Model.newInstance("mlp", "PyTorch")) {
            NDManager manager = model.getNDManager();
            model.setBlock(network(manager));
            NDArray x = manager.randomNormal(new Shape(64, 12));
            NDArray y = x.get(":, 0").mul(x.get(":, 1")).gt(0).toType(DataType.INT64, false);

            Injection injection = Lora.inject(model, LORA);
            Lora.markOnlyLoraAsTrainable(model.getBlock(), Bias.NONE);

            Loss loss = Loss.softmaxCrossEntropyLoss();
            Optimizer adam = Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.02f)).build();
            float[] losses = new float[steps];
            try (Trainer trainer =
                    model.newTrainer(new DefaultTrainingConfig(loss).optOptimizer(adam))) {
                trainer.initialize(x.getShape());
                for (int step = 0; step < steps; step++) {
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray value =
                                loss.evaluate(new NDList(y), trainer.forward(new NDList(x)));
                        collector.backward(value);
                        losses[step] = value.getFloat();
                    }
                    trainer.step();
                }
            }
            try (NDList state = Lora.loraStateDict(model.getBlock(), Bias.NONE)) {
                List<String> names = state.stream().map(NDArray::getName).toList();
                return new Result(losses[0], losses[steps - 1], injection.parameterCount(), names);
            }
        }
    }

    /** Stands for a model that was trained before. */
    private static SequentialBlock network(NDManager manager) {
        SequentialBlock block = new SequentialBlock();
        block.add(Linear.builder().setUnits(32).build());
        block.add(Activation::relu);
        block.add(Linear.builder().setUnits(2).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 12));
        return block;
    }
}
