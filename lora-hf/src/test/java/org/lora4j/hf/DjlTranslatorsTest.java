/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.nlp.qa.QAInput;
import ai.djl.modality.nlp.translator.NamedEntity;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.DeferredTranslatorFactory;
import com.google.gson.JsonObject;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.djl.training.DjlTraining;
import org.lora4j.train.LoraTrainingResult;

/**
 * DJL's translators on traced Hugging Face models, loaded by Criteria as users load them, before
 * and after they are adapted.
 */
final class DjlTranslatorsTest {
    private static final JsonObject MANIFEST = Golden.json(Golden.golden("traced/manifest.json"));
    private static final String TEXT = MANIFEST.get("text").getAsString();
    private static final int STEPS = 5;
    private static final int ROWS = 4;
    private static final int LENGTH = 7;
    private static final float RATE = 0.05f;

    @TempDir Path directory;

    /** Who trains. */
    private enum By {
        LORA_TRAINER,
        DJL_TRAINER
    }

    /**
     * A model and what is done with it.
     *
     * @param targets what is adapted
     * @param layers how many layers that is
     * @param options the translator's
     * @param labels of {@link #ROWS} rows each step, drawn from so many
     * @param classes how many labels there are; 0: the labels are numbers
     */
    private record Case<I, O>(
            String name,
            Class<I> in,
            Class<O> out,
            I input,
            By by,
            String targets,
            int layers,
            Map<String, String> options,
            Loss loss,
            List<Shape> labels,
            int classes) {
        ZooModel<I, O> load() throws Exception {
            Criteria.Builder<I, O> criteria =
                    Criteria.builder()
                            .setTypes(in, out)
                            .optModelPath(Golden.golden("traced/" + name))
                            .optTranslatorFactory(new DeferredTranslatorFactory())
                            .optEngine("PyTorch");
            options.forEach(criteria::optArgument);
            return criteria.build().loadModel();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case<?, ?>> models() {
        Loss crossEntropy = Loss.softmaxCrossEntropyLoss();
        Shape row = new Shape(ROWS);
        return Stream.of(
                new Case<>(
                        "embedding",
                        String.class,
                        float[].class,
                        TEXT,
                        By.LORA_TRAINER,
                        "regex:.*\\.(query|value)",
                        4,
                        Map.of("pooling", "cls", "normalize", "false"),
                        new Similarity(),
                        List.of(new Shape(ROWS, 12)),
                        0),
                new Case<>(
                        "sentences",
                        String.class,
                        float[].class,
                        TEXT,
                        By.DJL_TRAINER,
                        "all-linear",
                        13,
                        Map.of(),
                        new Similarity(),
                        List.of(new Shape(ROWS, 12)),
                        0),
                new Case<>(
                        "classification",
                        String.class,
                        Classifications.class,
                        TEXT,
                        By.LORA_TRAINER,
                        "regex:.*\\.(q_lin|v_lin)",
                        4,
                        Map.of(),
                        crossEntropy,
                        List.of(row),
                        3),
                new Case<>(
                        "tokens",
                        String.class,
                        NamedEntity[].class,
                        TEXT,
                        By.DJL_TRAINER,
                        "regex:.*(word_embeddings|key|dense)",
                        9,
                        Map.of(),
                        new Tags(),
                        List.of(new Shape(ROWS, LENGTH)),
                        4),
                new Case<>(
                        "answers",
                        QAInput.class,
                        String.class,
                        new QAInput(
                                MANIFEST.get("question").getAsString(),
                                MANIFEST.get("paragraph").getAsString()),
                        By.LORA_TRAINER,
                        "all-linear",
                        13,
                        Map.of(),
                        new Answers(),
                        List.of(row, row),
                        LENGTH),
                new Case<>(
                        "vit",
                        Image.class,
                        Classifications.class,
                        image(16),
                        By.DJL_TRAINER,
                        "regex:.*(q_proj|projection)",
                        3,
                        Map.of(),
                        crossEntropy,
                        List.of(row),
                        3),
                new Case<>(
                        "resnet",
                        Image.class,
                        Classifications.class,
                        image(32),
                        By.LORA_TRAINER,
                        "regex:.*convolution",
                        9,
                        Map.of(),
                        crossEntropy,
                        List.of(row),
                        3));
    }

    /** The image that the golden was made for. */
    private static Image image(int side) {
        BufferedImage pixels = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int colour = 0;
                for (int c = 0; c < 3; c++) {
                    colour = colour << 8 | (37 * x + 91 * y + 53 * c + x * y) % 256;
                }
                pixels.setRGB(x, y, colour);
            }
        }
        return ImageFactory.getInstance().fromImage(pixels);
    }

    /** The squared distance of the mean of the words' states from a vector. */
    private static final class Similarity extends Loss {
        Similarity() {
            super("similarity");
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            NDArray states = predictions.get("last_hidden_state");
            return states.mean(new int[] {1}).sub(labels.head()).square().mean();
        }
    }

    /** The cross-entropy of each word's label. */
    private static final class Tags extends Loss {
        Tags() {
            super("tags");
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            NDArray logits = predictions.singletonOrThrow();
            NDArray rows = logits.reshape(-1, logits.getShape().get(2));
            return Loss.softmaxCrossEntropyLoss()
                    .evaluate(new NDList(labels.head().reshape(-1)), new NDList(rows));
        }
    }

    /** The cross-entropy of where an answer begins and ends. */
    private static final class Answers extends Loss {
        Answers() {
            super("answers");
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            Loss one = Loss.softmaxCrossEntropyLoss();
            return one.evaluate(new NDList(labels.get(0)), new NDList(predictions.get(0)))
                    .add(one.evaluate(new NDList(labels.get(1)), new NDList(predictions.get(1))));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    <I, O> void translatorsWorkOnAdaptedModels(Case<I, O> model) throws Exception {
        Path saved = directory.resolve("adapter");
        Map<String, Object> trained;
        Map<String, Object> before;
        try (ZooModel<I, O> adapted = model.load()) {
            before = predict(model, adapted);
            assertIsGolden(model.name(), before);
            Injection injection =
                    Lora.inject(
                            adapted,
                            LoraConfig.builder()
                                    .setRank(3)
                                    .setAlpha(7)
                                    .optTargetModules(model.targets())
                                    .build());
            assertThat(injection.layers()).hasSize(model.layers());
            assertSame(predict(model, adapted), before);
            Map<String, float[]> base = base(adapted);
            train(model, adapted);
            base(adapted)
                    .forEach((name, now) -> assertThat(now).as(name).isEqualTo(base.get(name)));
            trained = predict(model, adapted);
            assertThat(distance(trained, before)).isGreaterThan(1e-3);
            severalThreads(model, adapted, trained);
            Lora.saveAdapter(adapted.getBlock(), injection, saved);
            train(model, adapted); // after it was evaluated
            assertThat(distance(predict(model, adapted), trained)).isGreaterThan(1e-3);
            Lora.eject(adapted);
            assertSame(predict(model, adapted), before);
        }
        try (ZooModel<I, O> fresh = model.load()) {
            Lora.loadAdapter(fresh, "again", saved);
            assertSame(predict(model, fresh), trained);
            severalThreads(model, fresh, trained);
            Lora.mergeAndUnload(fresh);
            Map<String, Object> merged = predict(model, fresh);
            assertThat(distance(merged, trained)).isLessThan(2e-5);
            severalThreads(model, fresh, merged);
        }
    }

    private static <I, O> void train(Case<I, O> model, ZooModel<I, O> adapted) throws Exception {
        NDManager manager = adapted.getNDManager();
        TrainingConfig config =
                new DefaultTrainingConfig(model.loss())
                        .optOptimizer(
                                Optimizer.sgd()
                                        .setLearningRateTracker(Tracker.fixed(RATE))
                                        .build());
        try (NDManager scope = manager.newSubManager()) {
            ArrayDataset data = data(model, scope);
            if (model.by() == By.LORA_TRAINER) {
                LoraTrainingResult result =
                        DjlTraining.of(adapted, config)
                                .trainer(data)
                                .optConfig(c -> c.optEpochs(1).optLearningRate(RATE))
                                .build()
                                .fit();
                assertThat(result.steps()).isEqualTo(STEPS);
            } else {
                try (Trainer trainer = adapted.newTrainer(config)) {
                    EasyTrain.fit(trainer, 1, data, null);
                }
            }
        }
    }

    private static ArrayDataset data(Case<?, ?> model, NDManager scope) {
        Random draw = new Random(5);
        int rows = STEPS * ROWS;
        List<NDArray> inputs = new ArrayList<>();
        if (model.in() == Image.class) {
            int side = model.name().equals("vit") ? 16 : 32;
            float[] pixels = new float[rows * 3 * side * side];
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = (float) draw.nextGaussian();
            }
            inputs.add(scope.create(pixels, new Shape(rows, 3, side, side)));
        } else {
            Shape shape = new Shape(rows, LENGTH);
            inputs.add(scope.create(draw.longs(shape.size(), 5, 60).toArray(), shape));
            inputs.add(scope.ones(shape, DataType.INT64));
            if (model.name().equals("embedding") || model.name().equals("answers")) {
                inputs.add(scope.zeros(shape, DataType.INT64));
            }
        }
        List<NDArray> labels = new ArrayList<>();
        for (Shape each : model.labels()) {
            Shape shape = new Shape(rows).addAll(each.slice(1));
            int size = Math.toIntExact(shape.size());
            float[] values = new float[size];
            for (int i = 0; i < size; i++) {
                values[i] =
                        model.classes() > 0
                                ? draw.nextInt(model.classes())
                                : (float) draw.nextGaussian();
            }
            labels.add(scope.create(values, shape));
        }
        return new ArrayDataset.Builder()
                .setData(inputs.toArray(new NDArray[0]))
                .optLabels(labels.toArray(new NDArray[0]))
                .setSampling(ROWS, false)
                .build();
    }

    /** What the translator makes of the input, and the model's outputs for others. */
    private static <I, O> Map<String, Object> predict(Case<I, O> model, ZooModel<I, O> loaded)
            throws Exception {
        Map<String, Object> found = new LinkedHashMap<>();
        try (Predictor<I, O> predictor = loaded.newPredictor()) {
            found.put("prediction", plain(predictor.predict(model.input())));
            List<I> two = List.of(model.input(), model.input());
            for (O each : predictor.batchPredict(two)) {
                found.put("one of " + found.size(), plain(each));
            }
        }
        try (NDManager scope = loaded.getNDManager().newSubManager()) {
            NDList inputs = data(model, scope).getData(scope).iterator().next().getData();
            ParameterStore store = new ParameterStore(scope, false);
            for (NDArray each : loaded.getBlock().forward(store, inputs, false)) {
                found.put("output " + found.size() + " " + each.getName(), each.toFloatArray());
            }
        }
        return found;
    }

    /** A prediction as something that can be compared. */
    private static Object plain(Object prediction) {
        if (prediction instanceof float[] numbers) {
            return numbers;
        }
        if (prediction instanceof Classifications classes) {
            Map<String, Double> probabilities = new LinkedHashMap<>();
            for (Classifications.Classification each : classes.items()) {
                probabilities.put(each.getClassName(), each.getProbability());
            }
            return probabilities;
        }
        if (prediction instanceof NamedEntity[] entities) {
            List<String> found = new ArrayList<>();
            for (NamedEntity each : entities) {
                found.add(each.getWord() + " " + each.getEntity() + " " + each.getScore());
            }
            return found;
        }
        return prediction;
    }

    private static void assertSame(Map<String, Object> found, Map<String, Object> expected) {
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        found.forEach((what, value) -> assertThat(value).as(what).isEqualTo(expected.get(what)));
    }

    /** The largest difference of an output. */
    private static double distance(Map<String, Object> found, Map<String, Object> expected) {
        double most = 0;
        for (Map.Entry<String, Object> each : found.entrySet()) {
            if (each.getKey().startsWith("output")) {
                float[] one = (float[]) each.getValue();
                float[] other = (float[]) expected.get(each.getKey());
                assertThat(one).hasSameSizeAs(other);
                for (int i = 0; i < one.length; i++) {
                    most = Math.max(most, Math.abs(one[i] - other[i]));
                    assertThat(one[i]).isFinite();
                }
            }
        }
        return most;
    }

    private static <I, O> void severalThreads(
            Case<I, O> model, ZooModel<I, O> loaded, Map<String, Object> expected)
            throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(3);
        try {
            List<Callable<Map<String, Object>>> calls = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                calls.add(() -> predict(model, loaded));
            }
            for (Future<Map<String, Object>> each : pool.invokeAll(calls)) {
                assertSame(each.get(), expected);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static Map<String, float[]> base(Model model) {
        Map<String, float[]> values = new LinkedHashMap<>();
        model.getBlock()
                .getParameters()
                .forEach(
                        each -> {
                            NDArray array = each.getValue().getArray();
                            if (!each.getKey().contains("lora_")
                                    && array.getDataType() == DataType.FLOAT32) {
                                values.put(each.getKey(), array.toFloatArray());
                            }
                        });
        return values;
    }

    private static void assertIsGolden(String name, Map<String, Object> found) {
        Object prediction = found.get("prediction");
        var expected = MANIFEST.getAsJsonObject("expected").get(name);
        if (prediction instanceof float[] numbers) {
            float[] golden = new float[numbers.length];
            for (int i = 0; i < golden.length; i++) {
                golden[i] = expected.getAsJsonArray().get(i).getAsFloat();
            }
            assertThat(numbers).containsExactly(golden, within(2e-5f));
        } else if (prediction instanceof Map<?, ?> probabilities) {
            assertThat(probabilities).hasSize(expected.getAsJsonObject().size());
            probabilities.forEach(
                    (label, probability) ->
                            assertThat((double) probability)
                                    .isCloseTo(
                                            expected.getAsJsonObject()
                                                    .get(String.valueOf(label))
                                                    .getAsDouble(),
                                            within(2e-5)));
        } else if (prediction instanceof List<?> entities) {
            assertThat(entities).hasSize(expected.getAsJsonArray().size());
            for (int i = 0; i < entities.size(); i++) {
                var pair = expected.getAsJsonArray().get(i).getAsJsonArray();
                assertThat(String.valueOf(entities.get(i)))
                        .startsWith(pair.get(0).getAsString() + " " + pair.get(1).getAsString());
            }
        } else {
            assertThat(prediction).isEqualTo(expected.getAsString());
        }
    }
}
