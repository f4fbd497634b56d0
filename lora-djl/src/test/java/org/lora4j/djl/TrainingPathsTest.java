/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.NoopTranslator;
import ai.djl.util.Pair;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.AdaptedLayer;

/**
 * Each kind of layer through each way of training that DJL has: five steps change A and B, and not
 * one byte of weights, biases or running statistics; and a base that was unfrozen is noticed.
 */
final class TrainingPathsTest {
    private static final int STEPS = 5;

    @ParameterizedTest
    @EnumSource
    void aTrainerOfALoadedModel(LayerKind kind, @TempDir Path folder) throws Exception {
        try (Model model = loaded(kind, folder)) {
            check(model, kind, (m, x, y) -> train(m, kind, x, y));
        }
    }

    @ParameterizedTest
    @EnumSource
    void easyTrain(LayerKind kind, @TempDir Path folder) throws Exception {
        try (Model model = loaded(kind, folder)) {
            check(
                    model,
                    kind,
                    (m, x, y) -> {
                        ArrayDataset data =
                                new ArrayDataset.Builder()
                                        .setData(rows(x))
                                        .optLabels(rows(y))
                                        .setSampling((int) x.getShape().get(0), false)
                                        .build();
                        try (Trainer trainer = m.newTrainer(sgd())) {
                            trainer.initialize(kind.input);
                            EasyTrain.fit(trainer, 1, data, null);
                        }
                    });
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLoopOfOnesOwn(LayerKind kind, @TempDir Path folder) throws Exception {
        try (Model model = loaded(kind, folder)) {
            check(
                    model,
                    kind,
                    (m, x, y) -> {
                        ParameterStore store = new ParameterStore(x.getManager(), false);
                        for (int step = 0; step < STEPS; step++) {
                            try (GradientCollector collector =
                                    Engine.getInstance().newGradientCollector()) {
                                NDList out = m.getBlock().forward(store, new NDList(x), true);
                                collector.backward(Loss.l2Loss().evaluate(new NDList(y), out));
                            }
                            for (Pair<String, Parameter> entry : m.getBlock().getParameters()) {
                                NDArray array = entry.getValue().getArray();
                                if (array.hasGradient()) {
                                    try (NDArray view = array.stopGradient()) {
                                        view.subi(array.getGradient().mul(0.1f));
                                    }
                                }
                            }
                        }
                    });
        }
    }

    @ParameterizedTest
    @EnumSource
    void savingLoadingAndPredictorsOnSeveralThreads(LayerKind kind, @TempDir Path folder)
            throws Exception {
        Map<String, float[]> base;
        float[] expected;
        try (Model model = loaded(kind, folder);
                NDManager manager = NDManager.newBaseManager()) {
            base = Trees.values(model.getBlock());
            Lora.inject(model, kind.config().build());
            train(model, kind, kind.input(manager), Trees.input(manager, batch(kind), 2));
            expected = Trees.forward(model.getBlock(), kind.input(manager));
            model.save(folder, "trained");
        }
        try (Model model = Model.newInstance("m")) {
            model.setBlock(kind.tree(model.getNDManager()));
            Lora.inject(model, kind.config().build());
            model.load(folder, "trained");
            ExecutorService pool = Executors.newFixedThreadPool(3);
            try {
                List<Future<float[]>> answers = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    answers.add(pool.submit(() -> predict(model, kind)));
                }
                for (Future<float[]> answer : answers) {
                    assertThat(answer.get()).isEqualTo(expected);
                }
            } finally {
                pool.shutdown();
            }
            Trees.assertSame(Trees.values(model.getBlock()), base);
            assertThat(Trees.trained(model.getBlock())).hasSize(2);
        }
    }

    private interface Training {
        void run(Model model, NDArray x, NDArray y) throws Exception;
    }

    private static void check(Model model, LayerKind kind, Training training) throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, float[]> base = Trees.values(model.getBlock());
            assertThat(base.keySet()).anyMatch(name -> name.endsWith("runningMean"));
            assertThat(base.keySet()).anyMatch(name -> name.endsWith("Linear.bias"));
            Injection injection = Lora.inject(model, kind.config().build());
            AdaptedLayer layer = injection.layers().get(0);
            Map<String, float[]> before = adapter(layer);
            NDArray x = kind.input(manager);
            NDArray y = Trees.input(manager, batch(kind), 2);
            training.run(model, x, y);
            Trees.assertSame(Trees.values(model.getBlock()), base);
            adapter(layer)
                    .forEach(
                            (name, now) -> assertThat(now).as(name).isNotEqualTo(before.get(name)));
            layer.base().freezeParameters(false);
            assertThatThrownBy(() -> training.run(model, x, y))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(kind.target + ": the frozen weight asks for gradients");
        }
    }

    static void train(Model model, LayerKind kind, NDArray x, NDArray y) {
        try (Trainer trainer = model.newTrainer(sgd())) {
            trainer.initialize(kind.input);
            for (int step = 0; step < STEPS; step++) {
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    NDList out = trainer.forward(new NDList(x));
                    collector.backward(trainer.getLoss().evaluate(new NDList(y), out));
                }
                trainer.step();
            }
        }
    }

    private static float[] predict(Model model, LayerKind kind) throws Exception {
        try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator());
                NDManager manager = NDManager.newBaseManager()) {
            return predictor.predict(new NDList(kind.input(manager))).head().toFloatArray();
        }
    }

    /** As many rows as five batches have. */
    private static NDArray rows(NDArray batch) {
        NDArray all = batch;
        for (int i = 1; i < STEPS; i++) {
            all = all.concat(batch);
        }
        return all;
    }

    static long batch(LayerKind kind) {
        return kind.input.get(0);
    }

    private static Map<String, float[]> adapter(AdaptedLayer layer) {
        Map<String, float[]> values = new LinkedHashMap<>();
        layer.tensors("default")
                .forEach((name, tensor) -> values.put(name, tensor.getArray().toFloatArray()));
        return values;
    }

    private static DefaultTrainingConfig sgd() {
        return new DefaultTrainingConfig(Loss.l2Loss())
                .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build());
    }

    /** A model that was loaded and never initialised, as pretrained ones are; with statistics. */
    static Model loaded(LayerKind kind, Path folder) throws Exception {
        try (Model model = Model.newInstance("m")) {
            SequentialBlock tree = kind.tree(model.getNDManager());
            model.setBlock(tree);
            BatchNorm norm = (BatchNorm) tree.getChildren().valueAt(1);
            NDArray mean = norm.getDirectParameters().get("runningMean").getArray();
            for (int i = 0; i < mean.size(); i++) {
                mean.set(new NDIndex(i), 0.25f * i - 0.5f);
            }
            model.save(folder, "m");
        }
        Model model = Model.newInstance("m");
        model.setBlock(kind.structure(model.getNDManager()));
        model.load(folder, "m");
        return model;
    }
}
