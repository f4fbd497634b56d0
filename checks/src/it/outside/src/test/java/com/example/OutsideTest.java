package com.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Lora;

/** Uses what a user's pom.xml brings: lora-hf and an engine set, nothing else. */
final class OutsideTest {
    private static final LoraConfig CONFIG =
            LoraConfig.builder().setRank(2).setAlpha(5).optTargetModules("all-linear").build();

    @Test
    void theEngineOfTheSetRuns() {
        assertEquals("2.7.1", Engine.getEngine("PyTorch").getVersion());
    }

    @Test
    void aModelTrainsSavesAndLoadsItsAdapter() throws IOException {
        try (NDManager manager = NDManager.newBaseManager();
                Model model = Model.newInstance("outside")) {
            NDArray x = manager.arange(20f).reshape(4, 5).sin();
            NDArray y = manager.arange(12f).reshape(4, 3).cos();
            Block block = network(manager);
            model.setBlock(block);
            float[] base = predict(manager, block, x);

            Lora.inject(model, CONFIG);
            Lora.markOnlyLoraAsTrainable(block, Bias.NONE);
            assertArrayEquals(base, predict(manager, block, x));
            float[] losses = train(model, x, y);
            assertTrue(losses[19] < 0.8f * losses[0], losses[0] + " became " + losses[19]);
            float[] trained = predict(manager, block, x);

            ByteArrayOutputStream file = new ByteArrayOutputStream();
            try (NDList state = Lora.loraStateDict(block, Bias.NONE)) {
                assertEquals(4, state.size(), String.valueOf(state));
                state.encode(file, NDList.Encoding.SAFETENSORS);
            }
            Lora.eject(block);
            assertArrayEquals(base, predict(manager, block, x));

            Lora.inject(block, CONFIG);
            NDList read = NDList.decode(manager, new ByteArrayInputStream(file.toByteArray()));
            Lora.loadLoraStateDict(block, read, Bias.NONE);
            assertArrayEquals(trained, predict(manager, block, x));
        }
    }

    private static Block network(NDManager manager) {
        Engine.getEngine("PyTorch").setRandomSeed(3); // of the layers' first weights
        SequentialBlock hidden = new SequentialBlock();
        hidden.add(Linear.builder().setUnits(7).build());
        hidden.add(Activation::tanh);
        SequentialBlock block = new SequentialBlock();
        block.add(hidden);
        block.add(Linear.builder().setUnits(3).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(4, 5));
        return block;
    }

    private static float[] train(Model model, NDArray x, NDArray y) {
        Loss loss = Loss.l2Loss();
        Optimizer sgd = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build();
        float[] losses = new float[20];
        try (Trainer trainer = model.newTrainer(new DefaultTrainingConfig(loss).optOptimizer(sgd))) {
            trainer.initialize(new Shape(4, 5));
            for (int step = 0; step < losses.length; step++) {
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    NDArray value = loss.evaluate(new NDList(y), trainer.forward(new NDList(x)));
                    collector.backward(value);
                    losses[step] = value.getFloat();
                }
                trainer.step();
            }
        }
        return losses;
    }

    private static float[] predict(NDManager manager, Block block, NDArray x) {
        try (NDManager scope = manager.newSubManager()) {
            ParameterStore parameters = new ParameterStore(scope, false);
            return block.forward(parameters, new NDList(x), false).singletonOrThrow().toFloatArray();
        }
    }
}
