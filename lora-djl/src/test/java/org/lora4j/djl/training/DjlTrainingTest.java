/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.OptimizerKind;
import org.lora4j.train.WarmUp;
import org.lora4j.train.metric.Metric;

final class DjlTrainingTest {
    private static final LoraConfig LORA =
            LoraConfig.builder().setRank(3).setAlpha(7).optTargetModules("all-linear").build();
    private static final float RATE = 0.3f;

    @TempDir Path folder;

    @Test
    void sgdTakesTheStepsThatDjlsOwnTrainerTakes() throws IOException, TranslateException {
        try (Model ours = model();
                Model theirs = model()) {
            Lora.inject(ours, LORA);
            Lora.inject(theirs, LORA);
            Map<String, float[]> before = values(ours);
            LoraTrainingResult result =
                    DjlTraining.of(ours, config())
                            .trainer(points(ours, 22, 8))
                            .optConfig(
                                    c ->
                                            c.optEpochs(3)
                                                    .optOptimizer(OptimizerKind.SGD)
                                                    .optLearningRate(RATE)
                                                    .optWeightDecay(0)
                                                    .optClipNorm(0)
                                                    .optSchedule(
                                                            LearningRateSchedule.constant(
                                                                    WarmUp.none())))
                            .build()
                            .fit();
            assertThat(result.steps()).isEqualTo(9);
            assertThat(result.examples()).isEqualTo(66);
            try (Trainer trainer = theirs.newTrainer(config())) {
                trainer.initialize(new Shape(1, 5));
                EasyTrain.fit(trainer, 3, points(theirs, 22, 8), null);
            }
            Map<String, float[]> found = values(ours);
            values(theirs)
                    .forEach(
                            (name, expected) ->
                                    assertThat(found.get(name))
                                            .as(name)
                                            .containsExactly(expected, within(2e-6f)));
            assertThat(found.keySet()).anyMatch(name -> name.contains("lora"));
            found.forEach(
                    (name, now) -> {
                        if (name.contains("lora")) {
                            assertThat(now).as(name).isNotEqualTo(before.get(name));
                        } else {
                            assertThat(now).as(name).containsExactly(before.get(name));
                        }
                    });
        }
    }

    @Test
    void evaluatorsAreMetricsAndListenersSeeBatchesAndEpochs()
            throws IOException, TranslateException {
        List<String> events = new ArrayList<>();
        try (Model model = model()) {
            Lora.inject(model, LORA);
            TrainingConfig djl =
                    config().addEvaluator(new Accuracy())
                            .addTrainingListeners(new Recorder(events));
            LoraTrainingResult result =
                    DjlTraining.of(model, djl)
                            .trainer(points(model, 40, 16), points(model, 31, 10))
                            .optConfig(
                                    c ->
                                            c.optEpochs(2)
                                                    .optLearningRate(0.05)
                                                    .optBestMetric(
                                                            Metric.ofScore("Accuracy", true)))
                            .build()
                            .fit();
            String train = "train 16,train 16,train 8,";
            String validate = "validate 10,validate 10,validate 10,validate 1,";
            assertThat(String.join(",", events))
                    .isEqualTo(
                            "begin,validate 10,%1$s%2$sepoch,%1$s%2$sepoch,end"
                                    .formatted(train, validate));
            assertThat(result.validations()).hasSize(2);
            double share = accuracy(model, points(model, 31, 10));
            assertThat(result.finalValidation().orElseThrow().metrics().values())
                    .containsOnlyKeys("Accuracy");
            assertThat(result.finalValidation().orElseThrow().metrics().values().get("Accuracy"))
                    .isEqualTo(share, within(1e-6));
        }
    }

    @Test
    void aListenerThatThrowsEndsTheTrainingAndASecondOneCanFollow() throws IOException {
        try (Model model = model()) {
            Lora.inject(model, LORA);
            TrainingConfig failing =
                    config().addTrainingListeners(
                                    new TrainingListenerAdapter() {
                                        @Override
                                        public void onEpoch(Trainer trainer) {
                                            throw new IllegalStateException("enough");
                                        }
                                    });
            LoraTrainer<DjlBatch> first =
                    DjlTraining.of(model, failing)
                            .trainer(points(model, 20, 10))
                            .optEpochs(2)
                            .build();
            assertThatThrownBy(first::fit).hasMessageContaining("enough");
            LoraTrainingResult second =
                    DjlTraining.of(model, config())
                            .trainer(points(model, 20, 10))
                            .optSteps(5)
                            .build()
                            .fit();
            assertThat(second.steps()).isEqualTo(5);
        }
    }

    @Test
    void djlsTrainerSavesTheAdapterAfterEachEpoch() throws IOException, TranslateException {
        try (Model model = model()) {
            Injection injection = Lora.inject(model, LORA);
            TrainingConfig djl =
                    config().addTrainingListeners(new AdapterCheckpoints(injection, folder));
            try (Trainer trainer = model.newTrainer(djl)) {
                trainer.initialize(new Shape(1, 5));
                EasyTrain.fit(trainer, 2, points(model, 22, 8), null);
            }
            assertThat(folder.resolve("epoch-1").resolve(PeftAdapter.WEIGHTS_FILE)).exists();
            Map<String, float[]> trained = values(model);
            try (Model other = model()) {
                Lora.loadAdapter(other, "default", folder.resolve("epoch-2"));
                Map<String, float[]> loaded = values(other);
                trained.forEach(
                        (name, expected) ->
                                assertThat(loaded.get(name)).as(name).containsExactly(expected));
            }
        }
    }

    private static double accuracy(Model model, ArrayDataset dataset)
            throws IOException, TranslateException {
        Accuracy accuracy = new Accuracy();
        try (Trainer trainer = model.newTrainer(config().addEvaluator(accuracy))) {
            accuracy.addAccumulator("test");
            for (var batch : trainer.iterateDataset(dataset)) {
                accuracy.updateAccumulator(
                        "test", batch.getLabels(), trainer.evaluate(batch.getData()));
                batch.close();
            }
        }
        return accuracy.getAccumulator("test");
    }

    private static DefaultTrainingConfig config() {
        return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optDevices(new Device[] {Device.cpu()})
                .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(RATE)).build());
    }

    private static ArrayDataset points(Model model, int count, int batch) {
        Random random = new Random(count);
        float[] x = new float[count * 5];
        long[] y = new long[count];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < 5; j++) {
                x[i * 5 + j] = (float) random.nextGaussian();
            }
            y[i] = x[i * 5] * x[i * 5 + 1] > 0 ? 1 : 0;
        }
        NDManager manager = model.getNDManager();
        return new ArrayDataset.Builder()
                .setData(manager.create(x, new Shape(count, 5)))
                .optLabels(manager.create(y))
                .setSampling(batch, false)
                .build();
    }

    private static Model model() {
        Model model = Model.newInstance("points", "PyTorch");
        SequentialBlock block = new SequentialBlock();
        block.add(Linear.builder().setUnits(6).build());
        block.add(Activation::tanh);
        block.add(Linear.builder().setUnits(2).build());
        block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 5));
        Random random = new Random(4);
        for (Parameter parameter : block.getParameters().values()) {
            NDArray array = parameter.getArray();
            float[] values = new float[(int) array.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            array.set(values);
        }
        model.setBlock(block);
        return model;
    }

    private static Map<String, float[]> values(Model model) {
        Map<String, float[]> values = new LinkedHashMap<>();
        model.getBlock()
                .getParameters()
                .forEach(
                        pair ->
                                values.put(
                                        pair.getKey(), pair.getValue().getArray().toFloatArray()));
        return values;
    }

    private static final class Recorder extends TrainingListenerAdapter {
        private final List<String> events;

        Recorder(List<String> events) {
            this.events = events;
        }

        @Override
        public void onTrainingBegin(Trainer trainer) {
            events.add("begin");
        }

        @Override
        public void onTrainingBatch(Trainer trainer, BatchData data) {
            events.add("train " + data.getBatch().getSize());
        }

        @Override
        public void onValidationBatch(Trainer trainer, BatchData data) {
            events.add("validate " + data.getBatch().getSize());
        }

        @Override
        public void onEpoch(Trainer trainer) {
            events.add("epoch");
        }

        @Override
        public void onTrainingEnd(Trainer trainer) {
            events.add("end");
        }
    }
}
