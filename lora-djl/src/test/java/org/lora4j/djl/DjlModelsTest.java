/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.timeseries.model.deepar.DeepARNetwork;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.Pair;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.core.Candidate;
import org.lora4j.core.ConvForm;
import org.lora4j.core.LoraConfig;

/**
 * Every block of DJL and every model of its zoo, as pretrained ones come: read from a file into a
 * block that was never initialised, every matrix of it adapted, trained by DJL's Trainer, saved,
 * read, merged and ejected.
 */
final class DjlModelsTest {
    private final NDManager manager = NDManager.newBaseManager();
    private @TempDir Path directory;

    static List<DjlModel> all() {
        List<DjlModel> all = new ArrayList<>(DjlBlocks.all());
        all.addAll(ZooModels.basic());
        all.addAll(ZooModels.timeSeries());
        return all;
    }

    static Stream<DjlModel> running() {
        return all().stream().filter(DjlModel::runs);
    }

    @ParameterizedTest
    @MethodSource("running")
    void isAdapted(DjlModel listed) throws Exception {
        DjlModel kind = listed.kind() == DjlModel.Kind.NO_MATRIX ? between(listed) : listed;
        try (manager) {
            try (Model drawn = Model.newInstance("model")) {
                drawn.setBlock(kind.drawn(manager, DataType.FLOAT32));
                drawn.save(directory.resolve("base"), "model");
            }
            Model model = loaded(kind);
            Block root = model.getBlock();
            long base = checksum(root);
            root.freezeParameters(true);
            List<byte[]> plain = outputs(kind, model);

            Set<Parameter> matrices = matrices(root);
            Injection injection = Lora.inject(model, config(kind, root));
            assertThat(outputs(kind, model)).containsExactlyElementsOf(plain);
            assertThat(injection.layers()).doesNotHaveDuplicates().hasSameSizeAs(matrices);
            assertThat(substituted(injection)).hasSize(kind.substituted());
            assertThat(injection.layers()).hasSize(kind.swapped() + kind.substituted());

            Map<Parameter, byte[]> adapters = adapters(injection);
            train(kind, model);
            long unchanged =
                    injection.layers().stream()
                            .filter(layer -> anyUnchanged(layer, adapters))
                            .count();
            assertThat(unchanged).isEqualTo(kind.stuck());
            List<float[]> adapted = values(kind, model);
            adapted.forEach(DjlModelsTest::assertFinite);
            List<byte[]> bits = outputs(kind, model);
            assertThat(differ(bits, plain)).isTrue();
            Lora.saveAdapter(model.getBlock(), injection, directory.resolve("adapter"));

            try (Model fresh = loaded(kind)) {
                Lora.loadAdapter(fresh, "read", directory.resolve("adapter"));
                assertThat(outputs(kind, fresh)).containsExactlyElementsOf(bits);
                Lora.mergeAndUnload(fresh);
                assertClose(values(kind, fresh), adapted);
            }
            Lora.eject(model);
            assertThat(model.getBlock()).isSameAs(root);
            assertThat(outputs(kind, model)).containsExactlyElementsOf(plain);
            assertThat(checksum(root)).isEqualTo(base);
            model.close();
        }
    }

    static Stream<DjlModel> withoutMatrix() {
        return all().stream().filter(each -> each.kind() == DjlModel.Kind.NO_MATRIX);
    }

    @ParameterizedTest
    @MethodSource("withoutMatrix")
    void whatHasNoMatrixIsRefusedByName(DjlModel listed) {
        try (manager) {
            Block root = between(listed).drawn(manager, DataType.FLOAT32);
            // the functions of Activation, Blocks and Pool are lambdas
            BlockTree.Node found =
                    BlockTree.walk(root).stream()
                            .filter(node -> node.block().getClass().getName().equals(listed.type()))
                            .findFirst()
                            .orElseGet(() -> lambda(root));
            String path = found.path();
            LoraConfig config = Trees.config(path).build();
            assertThatThrownBy(() -> Lora.inject(root, config))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(
                            "%s is a %s, which LoRA cannot adapt"
                                    .formatted(path, found.block().getClass().getSimpleName()));
        }
    }

    private static BlockTree.Node lambda(Block root) {
        return BlockTree.walk(root).stream()
                .filter(node -> node.block() instanceof LambdaBlock)
                .findFirst()
                .orElseThrow();
    }

    static Stream<DjlModel> notOnPyTorch() {
        return all().stream().filter(each -> each.kind() == DjlModel.Kind.NOT_ON_PYTORCH);
    }

    /** If one of these fails, DJL has learnt to run the block, and its row is out of date. */
    @ParameterizedTest
    @MethodSource("notOnPyTorch")
    void djlItselfCannotRunIt(DjlModel listed) {
        try (manager) {
            assertThatThrownBy(
                            () -> {
                                Block block = listed.drawn(manager, DataType.FLOAT32);
                                listed.run(block, manager, DataType.FLOAT32, false);
                            })
                    .hasMessageContaining(listed.failure());
        }
    }

    @Test
    void everyBlockAndModelIsListed() throws Exception {
        Set<String> listed = all().stream().map(DjlModel::type).collect(Collectors.toSet());
        Set<String> found = new TreeSet<>(DjlClasses.withBlocks(Block.class));
        found.addAll(DjlClasses.withBlocks(Mlp.class));
        found.addAll(DjlClasses.withBlocks(DeepARNetwork.class));
        assertThat(listed).containsExactlyInAnyOrderElementsOf(found);
    }

    @Test
    void anAdapterOfDeepArsTrainingNetworkLoadsIntoThePredictionNetwork() throws Exception {
        DjlModel training = ZooModels.timeSeries().get(0);
        DjlModel prediction = ZooModels.timeSeries().get(2);
        try (manager;
                Model trained = Model.newInstance("trained");
                Model predicting = Model.newInstance("predicting")) {
            trained.setBlock(training.drawn(manager, DataType.FLOAT32));
            Injection written = Lora.inject(trained, config(training, trained.getBlock()));
            written.layers().forEach(layer -> Trees.disturb(layer, "default"));
            Lora.saveAdapter(trained.getBlock(), written, directory);
            predicting.setBlock(prediction.drawn(manager, DataType.FLOAT32));
            Injection read = Lora.loadAdapter(predicting, "default", directory);
            assertThat(adapters(read).values())
                    .containsExactlyElementsOf(adapters(written).values());
        }
    }

    /** A block without a matrix in the midst of a model. */
    private static DjlModel between(DjlModel listed) {
        return DjlModel.adapted(
                        SequentialBlock.class,
                        () ->
                                new SequentialBlock()
                                        .add(Linear.builder().setUnits(4).build())
                                        .add(
                                                new ParallelBlock(
                                                        DjlModelsTest::join,
                                                        List.of(
                                                                new SequentialBlock()
                                                                        .add(listed.block().get()),
                                                                new SequentialBlock()
                                                                        .addSingleton(
                                                                                NDArray::tanh))))
                                        .add(Linear.builder().setUnits(3).build()),
                        DjlModel.Input.real(2, 3, 4))
                .swapped(2);
    }

    private static NDList join(List<NDList> lists) {
        NDArray first = lists.get(0).head();
        NDArray second = lists.get(1).head();
        long rows = second.getShape().get(0);
        return new NDList(
                NDArrays.concat(new NDList(first.reshape(rows, -1), second.reshape(rows, -1)), 1));
    }

    private Model loaded(DjlModel kind) throws Exception {
        Model model = Model.newInstance("model");
        model.setBlock(kind.block().get());
        model.load(directory.resolve("base"), "model");
        return model;
    }

    private static LoraConfig config(DjlModel kind, Block root) {
        ConvForm form = kind.variant().equals("with groups") ? ConvForm.WEIGHT : ConvForm.PEFT;
        return Trees.config(targets(root)).optConvForm(form).build();
    }

    /** Names every weight that can be adapted. */
    static String[] targets(Block root) {
        WeightSites sites = WeightSites.of(root);
        return sites.candidates().stream()
                .map(Candidate::path)
                .filter(path -> !path.isEmpty() && sites.one(path) != null)
                .toArray(String[]::new);
    }

    private static Set<Parameter> matrices(Block root) {
        Set<Parameter> found = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Parameter parameter : root.getParameters().values()) {
            Parameter.Type type = parameter.getType();
            boolean weighs = type == Parameter.Type.WEIGHT || type == Parameter.Type.OTHER;
            if (weighs && parameter.getArray().getShape().dimension() > 1) {
                found.add(parameter);
            }
        }
        return found;
    }

    private static List<AdaptedLayer> substituted(Injection injection) {
        return injection.layers().stream()
                .filter(SubstitutedWeight.class::isInstance)
                .<AdaptedLayer>map(layer -> layer)
                .toList();
    }

    private static Map<Parameter, byte[]> adapters(Injection injection) {
        Map<Parameter, byte[]> adapters = new LinkedHashMap<>();
        for (AdaptedLayer layer : injection.layers()) {
            layer.tensors("default").values().forEach(p -> adapters.put(p, bytes(p)));
        }
        return adapters;
    }

    private static boolean anyUnchanged(AdaptedLayer layer, Map<Parameter, byte[]> before) {
        return layer.tensors("default").values().stream()
                .anyMatch(tensor -> Arrays.equals(bytes(tensor), before.get(tensor)));
    }

    /** Takes five steps; that nothing but the adapters changes is seen after they are ejected. */
    private static void train(DjlModel kind, Model model) {
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.l2Loss())
                        .optOptimizer(
                                Optimizer.adam()
                                        .optLearningRateTracker(Tracker.fixed(0.01f))
                                        .build());
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(kind.inputShapes());
            for (int i = 0; i < 5; i++) {
                try (NDManager scope = model.getNDManager().newSubManager();
                        GradientCollector collector = trainer.newGradientCollector()) {
                    Engine.getInstance().setRandomSeed(5);
                    NDList data = DjlModel.arrays(kind.data(), scope, DataType.FLOAT32);
                    NDList labels = DjlModel.arrays(kind.labels(), scope, DataType.FLOAT32);
                    collector.backward(
                            loss(
                                    labels.isEmpty()
                                            ? trainer.forward(data)
                                            : trainer.forward(data, labels)));
                }
                trainer.step();
            }
        }
    }

    /** Sums of squares around a point, so that no part of the gradient is zero. */
    private static NDArray loss(NDList output) {
        NDArray sum = null;
        for (NDArray y : output) {
            NDArray around = y.getManager().create(new float[] {0.7f});
            NDArray distance = y.sub(around);
            NDArray squares = distance.mul(distance).mean();
            sum = sum == null ? squares : sum.add(squares);
        }
        return sum;
    }

    private static List<byte[]> outputs(DjlModel kind, Model model) {
        try (NDManager scope = model.getNDManager().newSubManager()) {
            return kind.run(model.getBlock(), scope, DataType.FLOAT32, false).stream()
                    .map(NDArray::toByteArray)
                    .toList();
        }
    }

    private static List<float[]> values(DjlModel kind, Model model) {
        try (NDManager scope = model.getNDManager().newSubManager()) {
            return kind.run(model.getBlock(), scope, DataType.FLOAT32, false).stream()
                    .map(NDArray::toFloatArray)
                    .toList();
        }
    }

    private static boolean differ(List<byte[]> some, List<byte[]> others) {
        for (int i = 0; i < some.size(); i++) {
            if (!Arrays.equals(some.get(i), others.get(i))) {
                return true;
            }
        }
        return false;
    }

    private static void assertFinite(float[] values) {
        for (float value : values) {
            assertThat(value).isFinite();
        }
    }

    private static void assertClose(List<float[]> found, List<float[]> expected) {
        for (int i = 0; i < expected.size(); i++) {
            float largest = 1;
            for (float value : expected.get(i)) {
                largest = Math.max(largest, Math.abs(value));
            }
            for (int j = 0; j < expected.get(i).length; j++) {
                assertThat(Math.abs(found.get(i)[j] - expected.get(i)[j]))
                        .isLessThan(1e-4f * largest);
            }
        }
    }

    /** What can be said of all weights and running statistics in one number. */
    private static long checksum(Block block) {
        CRC32 sum = new CRC32();
        for (Pair<String, Parameter> parameter : block.getParameters()) {
            sum.update(parameter.getKey().getBytes(StandardCharsets.UTF_8));
            sum.update(bytes(parameter.getValue()));
        }
        return sum.getValue();
    }

    private static byte[] bytes(Parameter parameter) {
        return parameter.getArray().toByteArray();
    }
}
