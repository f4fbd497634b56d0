/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.Pair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.safetensors.SafeTensors;
import org.lora4j.torch.Torch;

/** What one does with a model of TorchScript that has adapters. */
final class AdaptedScriptTest {
    @TempDir Path directory;

    private static Model load() throws IOException {
        return load(ScriptGolden.of("linear-float").archive());
    }

    private static Model load(Path archive) throws IOException {
        Model model = Model.newInstance("script", "PyTorch");
        try {
            model.load(archive.getParent(), String.valueOf(archive.getFileName()));
        } catch (MalformedModelException e) {
            throw new IOException(e);
        }
        return model;
    }

    private static LoraConfigBuilder config(String... targets) {
        return LoraConfig.builder().setRank(3).setAlpha(5).optTargetModules(targets);
    }

    private static NDList inputs(NDManager manager) throws IOException {
        return ScriptGolden.of("linear-float").inputs(manager);
    }

    private static NDArray run(Model model) throws IOException {
        return run(model.getBlock(), model.getNDManager());
    }

    private static NDArray run(Block block, NDManager manager) throws IOException {
        JniUtils.setGraphExecutorOptimize(false);
        return block.forward(new ParameterStore(manager, false), inputs(manager), false)
                .singletonOrThrow();
    }

    private static void draw(Injection injection, int seed) {
        NDManager manager = injection.layers().get(0).weight().getManager();
        manager.getEngine().setRandomSeed(seed);
        injection
                .hosts()
                .forEach(
                        host ->
                                host.tensors(injection.adapter())
                                        .values()
                                        .forEach(
                                                p ->
                                                        Torch.copyInto(
                                                                p.getArray(),
                                                                manager.randomNormal(
                                                                        p.getArray().getShape()))));
    }

    private static Map<String, float[]> base(Model model) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (Pair<String, Parameter> each : model.getBlock().getParameters()) {
            if (!each.getKey().contains("lora_")) {
                values.put(each.getKey(), each.getValue().getArray().toFloatArray());
            }
        }
        return values;
    }

    @Test
    void trainsWithDjlsTrainerAndChangesOnlyTheAdapter() throws IOException {
        try (Model model = load()) {
            Map<String, float[]> before = base(model);
            Injection injection = Lora.inject(model, config("a", "b").build());
            List<float[]> first = tensors(injection);
            NDArray target = run(model).add(1);
            DefaultTrainingConfig training =
                    new DefaultTrainingConfig(Loss.l2Loss())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.02f))
                                            .build());
            List<Float> losses = new ArrayList<>();
            try (Trainer trainer = model.newTrainer(training)) {
                trainer.initialize(inputs(model.getNDManager()).head().getShape());
                for (int i = 0; i < 5; i++) {
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray y = trainer.forward(inputs(model.getNDManager())).head();
                        NDArray loss = y.sub(target).square().mean();
                        collector.backward(loss);
                        losses.add(loss.getFloat());
                    }
                    trainer.step();
                }
            }
            assertThat(losses.get(4)).isLessThan(0.8f * losses.get(0));
            Map<String, float[]> after = base(model);
            before.forEach((name, values) -> assertThat(after.get(name)).isEqualTo(values));
            List<float[]> last = tensors(injection);
            for (int i = 0; i < first.size(); i++) {
                assertThat(last.get(i)).isNotEqualTo(first.get(i));
            }
        }
    }

    private static List<float[]> tensors(Injection injection) {
        List<float[]> values = new ArrayList<>();
        injection
                .hosts()
                .forEach(
                        host ->
                                host.tensors(injection.adapter())
                                        .values()
                                        .forEach(p -> values.add(p.getArray().toFloatArray())));
        return values;
    }

    @Test
    void twoAdaptersAreEachUsedByTheirOwnThreads() throws Exception {
        try (Model model = load()) {
            NDArray plain = run(model);
            Injection one = Lora.inject(model, config("a").build(), "one");
            draw(one, 1);
            NDArray ofOne = run(model);
            Injection two = Lora.inject(model, config("a", "b").build(), "two");
            draw(two, 2);
            NDArray ofTwo = run(model);
            assertThat(ofOne.contentEquals(ofTwo)).isFalse();
            ActiveAdapters active = one.context().active();
            ExecutorService threads = Executors.newFixedThreadPool(3);
            List<Future<Boolean>> results = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                AdapterSelection selection =
                        i % 3 == 0
                                ? AdapterSelection.none()
                                : AdapterSelection.of(i % 3 == 1 ? "one" : "two");
                NDArray expected = i % 3 == 0 ? plain : i % 3 == 1 ? ofOne : ofTwo;
                results.add(
                        threads.submit(
                                () -> {
                                    try (ActiveAdapters.Scope scope = active.use(selection);
                                            NDManager own = NDManager.newBaseManager()) {
                                        return run(model.getBlock(), own).contentEquals(expected);
                                    }
                                }));
            }
            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
            threads.shutdown();

            active.setDefault(new AdapterSelection(Map.of("one", 1.0, "two", 1.0)));
            assertThatThrownBy(() -> run(model))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("one adapter at a time")
                    .hasMessageContaining("addWeightedAdapter");
            active.setDefault(AdapterSelection.of("two"));
            Lora.eject(model.getBlock(), "one");
            assertThat(run(model).contentEquals(ofTwo)).isTrue();
            Lora.eject(model);
            assertThat(run(model).contentEquals(plain)).isTrue();
            assertThat(model.getBlock().getClass().getSimpleName()).isEqualTo("PtSymbolBlock");
        }
    }

    @Test
    void aWeightedAdapterIsTheSumOfItsParts() throws IOException {
        try (Model model = load()) {
            NDArray plain = run(model);
            draw(Lora.inject(model, config("b").build(), "one"), 1);
            NDArray ofOne = run(model);
            draw(Lora.inject(model, config("b").build(), "two"), 2);
            NDArray ofTwo = run(model);
            Lora.addWeightedAdapter(
                    model.getBlock(),
                    "sum",
                    new AdapterSelection(Map.of("one", 0.5, "two", 2.0)),
                    org.lora4j.core.Combination.cat());
            NDArray expected = plain.add(ofOne.sub(plain).mul(0.5)).add(ofTwo.sub(plain).mul(2));
            assertClose(run(model), expected, 1e-5);
        }
    }

    private static void assertClose(NDArray found, NDArray expected, double tolerance) {
        try (NDArray gap = found.sub(expected).abs().max()) {
            assertThat(gap.toType(DataType.FLOAT64, true).getDouble()).isLessThan(tolerance);
        }
    }

    @Test
    void aModuleOfTheScriptTrainsWhole() throws Exception {
        Path saved = directory.resolve("adapter");
        NDArray adapted;
        try (Model model = load()) {
            NDArray plain = run(model);
            Injection injection =
                    Lora.inject(model, config("a").optModulesToSave(List.of("b")).build());
            assertThat(injection.savedModules()).hasSize(1);
            assertThat(run(model).contentEquals(plain)).isTrue();
            checkGradients(model, injection);
            draw(injection, 3);
            adapted = run(model);
            assertThat(adapted.contentEquals(plain)).isFalse();
            Lora.saveAdapter(model.getBlock(), injection, saved);
            try (SafeTensors file = SafeTensors.open(saved.resolve("adapter_model.safetensors"))) {
                assertThat(file.names())
                        .containsExactlyInAnyOrder(
                                "base_model.model.a.lora_A.weight",
                                "base_model.model.a.lora_B.weight",
                                "base_model.model.b.weight");
            }
            try (Model fresh = load()) {
                Lora.loadAdapter(fresh, "again", saved);
                assertThat(run(fresh).contentEquals(adapted)).isTrue();
                Path file = directory.resolve("merged.pt");
                assertThatThrownBy(() -> Lora.saveTorchScript(fresh, file))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("mergeAndUnload first");
                Lora.mergeAndUnload(fresh);
                NDArray merged = run(fresh);
                assertClose(merged, adapted, 1e-5);
                Lora.saveTorchScript(fresh, file);
                try (Model written = load(file)) {
                    assertThat(run(written).contentEquals(merged)).isTrue();
                }
            }
            Lora.eject(model);
            assertThat(run(model).contentEquals(plain)).isTrue();
        }
    }

    /** By differences of float32 outputs, which the layer's copy enters linearly. */
    private static void checkGradients(Model model, Injection injection) throws IOException {
        NDManager manager = model.getNDManager();
        Parameter copy = injection.savedModules().get(0).tensors(injection.adapter()).get("weight");
        NDArray array = copy.getArray();
        try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
            NDArray y =
                    model.getBlock()
                            .forward(new ParameterStore(manager, false), inputs(manager), true)
                            .singletonOrThrow();
            collector.backward(y.sum());
        }
        float[] gradient = array.getGradient().toFloatArray();
        float[] values = array.toFloatArray();
        double before = run(model).sum().getFloat();
        for (int i = 0; i < values.length; i += 4) {
            float[] moved = values.clone();
            moved[i] += 0.5f;
            Torch.copyInto(array, manager.create(moved, array.getShape()));
            double difference = (run(model).sum().getFloat() - before) / 0.5;
            assertThat(Math.abs(difference - gradient[i])).isLessThan(1e-4);
        }
        Torch.copyInto(array, manager.create(values, array.getShape()));
    }

    @Test
    void aScriptInsideATreeIsAdaptedThereAndSavedWithIt() throws Exception {
        Path saved = directory.resolve("adapter");
        List<Model> scripts = new ArrayList<>(); // which own their modules
        try (Model model = Model.newInstance("tree", "PyTorch");
                Model other = Model.newInstance("tree", "PyTorch")) {
            for (Model each : List.of(model, other)) {
                Model script = load();
                scripts.add(script);
                SequentialBlock tree =
                        new SequentialBlock()
                                .add(script.getBlock())
                                .add(Linear.builder().setUnits(2).build());
                tree.getChildren()
                        .get(1)
                        .getValue()
                        .setInitializer(new NormalInitializer(0.3f), p -> true);
                script.getNDManager().getEngine().setRandomSeed(5);
                tree.getChildren()
                        .get(1)
                        .getValue()
                        .initialize(each.getNDManager(), DataType.FLOAT32, run(script).getShape());
                each.setBlock(tree);
            }
            NDArray plain = run(model);
            assertThat(run(other).contentEquals(plain)).isTrue();
            Injection injection = Lora.inject(model, config("all-linear").build());
            assertThat(injection.layers()).hasSize(3);
            assertThat(run(model).contentEquals(plain)).isTrue();
            draw(injection, 4);
            NDArray adapted = run(model);
            Lora.saveAdapter(model.getBlock(), injection, saved);
            Lora.loadAdapter(other, "default", saved);
            assertThat(run(other).contentEquals(adapted)).isTrue();
            Lora.mergeAndUnload(other);
            assertClose(run(other), adapted, 1e-5);
        }
        scripts.forEach(Model::close);
    }

    @Test
    void aCheckpointOfDjlsIsReadAgain() throws Exception {
        try (Model model = load()) {
            Injection injection =
                    Lora.inject(model, config("a").optModulesToSave(List.of("b")).build());
            draw(injection, 6);
            NDArray adapted = run(model);
            model.save(directory, "checkpoint");
            draw(injection, 7);
            assertThat(run(model).contentEquals(adapted)).isFalse();
            model.load(directory, "checkpoint");
            assertThat(run(model).contentEquals(adapted)).isTrue();
        }
        try (Model other = load(ScriptGolden.of("linear-half").archive())) {
            Lora.inject(other, config("a").optModulesToSave(List.of("b")).build());
            assertThatThrownBy(() -> other.load(directory, "checkpoint"))
                    .isInstanceOf(MalformedModelException.class)
                    .hasMessageContaining("Load it before Lora.inject");
        }
    }

    @Test
    void anAdapterIsAddedAgainAfterItWasEjectedFromTheBlock() throws IOException {
        try (Model model = load()) {
            NDArray plain = run(model);
            Lora.inject(model, config("a").build(), "one");
            Lora.eject(model.getBlock(), "one");
            assertThat(run(model).contentEquals(plain)).isTrue();
            Injection again = Lora.inject(model, config("b").build(), "one");
            assertThat(run(model).contentEquals(plain)).isTrue();
            draw(again, 9);
            assertThat(run(model).contentEquals(plain)).isFalse();
            Lora.eject(model.getBlock());
            draw(Lora.inject(model, config("a").build()), 9);
            assertThat(run(model).contentEquals(plain)).isFalse();
            Lora.mergeAndUnload(model.getBlock());
            draw(Lora.inject(model, config("a").build()), 10);
            Lora.mergeAndUnload(model);
            assertThat(model.getBlock().getClass().getSimpleName()).isEqualTo("PtSymbolBlock");
        }
    }

    @Test
    void whatCannotBeDoneIsRefusedAndChangesNothing() throws IOException {
        try (Model model = load()) {
            NDArray plain = run(model);
            Block block = model.getBlock();
            assertThatThrownBy(() -> Lora.inject(block, config("a").build()))
                    .hasMessageContaining("Call Lora.inject with the Model");
            assertThatThrownBy(() -> Lora.inject(model, config("a").optBias(Bias.ALL).build()))
                    .hasMessageContaining("bias ALL is not possible");
            assertThatThrownBy(
                            () ->
                                    Lora.inject(
                                            model,
                                            config("a", "b")
                                                    .optModulesToSave(List.of("b"))
                                                    .build()))
                    .hasMessageContaining("b");
            Injection injection = Lora.inject(model, config("a").build());
            assertThatThrownBy(injection::merge)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("Lora.mergeAndUnload");
            Lora.eject(model);
            assertThat(model.getBlock()).isSameAs(block);
            assertThat(run(model).contentEquals(plain)).isTrue();
        }
    }

    @Test
    void dropoutDropsInTrainingAlone() throws IOException {
        try (Model model = load()) {
            Injection injection = Lora.inject(model, config("a").optDropout(0.5).build());
            draw(injection, 8);
            NDManager manager = model.getNDManager();
            NDArray calm = run(model);
            NDArray first = train(model);
            NDArray second = train(model);
            assertThat(first.contentEquals(second)).isFalse();
            assertThat(run(model).contentEquals(calm)).isTrue();
            assertThat(manager.isOpen()).isTrue();
        }
    }

    private static NDArray train(Model model) throws IOException {
        NDManager manager = model.getNDManager();
        return model.getBlock()
                .forward(new ParameterStore(manager, false), inputs(manager), true)
                .singletonOrThrow();
    }
}
