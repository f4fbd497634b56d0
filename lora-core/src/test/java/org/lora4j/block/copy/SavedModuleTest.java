/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.Gradients;
import org.lora4j.block.LinearFixture;
import org.lora4j.block.LoraContext;
import org.lora4j.block.NaiveLora;
import org.lora4j.block.Values;
import org.lora4j.block.kernels.NdArrayKernels;

final class SavedModuleTest {
    private static final double[][] X = NaiveLora.random(3, 6, 3);

    private final NDManager manager = NDManager.newBaseManager();
    private final LoraContext context = LoraContext.of(new NdArrayKernels(), 7);
    private final SequentialBlock base = new SequentialBlock();
    private SavedModule module = new SavedModule("head", base, context);

    @BeforeEach
    void build() {
        base.add(LinearFixture.linear(manager, NaiveLora.random(1, 4, 3), new double[4]))
                .add(BatchNorm.builder().optAxis(1).build())
                .add(LinearFixture.linear(manager, NaiveLora.random(2, 2, 4), new double[2]));
        base.initialize(manager, DataType.FLOAT32, new Shape(6, 3));
        module = new SavedModule("head", base, context);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void copiesStartEqualAndTrainWithoutTheOriginal() {
        float[] plain = forward(false);
        Map<String, float[]> before = Values.of(base);
        module.addAdapter("a", (name, parameter) -> name);
        context.active().setDefault(AdapterSelection.of("a"));
        assertThat(forward(false)).containsExactly(plain);
        NDArray weight = copy("a", "01Linear_weight").getArray();
        assertThat(weight.hasGradient()).isTrue();
        Gradients.of(
                () -> output(true),
                manager.create(NaiveLora.flat(NaiveLora.random(8, 6, 2)), new Shape(6, 2)));
        NDArray gradient = weight.getGradient();
        assertThat(gradient.abs().max().getFloat()).isPositive();
        LinearFixture.write(copy("a", "01Linear_weight"), NaiveLora.random(9, 4, 3));
        assertThat(forward(false)).isNotEqualTo(plain);
        Values.assertSame(base, before);
        try (var scope = context.active().use(AdapterSelection.none())) {
            assertThat(forward(false)).containsExactly(plain);
        }
    }

    @Test
    void runningStatisticsAreTheAdaptersOwnAndNeverTakeGradients() {
        module.addAdapter("a", (name, parameter) -> name);
        context.active().setDefault(AdapterSelection.of("a"));
        Map<String, float[]> before = Values.of(base);
        Parameter mean = copy("a", "02BatchNorm_runningMean");
        assertThat(mean.getArray().hasGradient()).isFalse();
        float[] start = mean.getArray().toFloatArray();
        Gradients.of(() -> output(true), manager.ones(new Shape(6, 2)));
        assertThat(mean.getArray().toFloatArray()).isNotEqualTo(start);
        Values.assertSame(base, before);
        module.setTrainable("a", false);
        assertThat(copy("a", "01Linear_weight").getArray().hasGradient()).isFalse();
        module.setTrainable("a", true);
        assertThat(copy("a", "01Linear_weight").getArray().hasGradient()).isTrue();
        assertThat(mean.getArray().hasGradient()).isFalse();
    }

    @Test
    void severalAdaptersHaveTheirOwnCopiesButOneIsActive() {
        module.addAdapter("a", (name, parameter) -> name);
        module.addAdapter("b", (name, parameter) -> name);
        LinearFixture.write(copy("b", "03Linear_weight"), NaiveLora.random(9, 2, 4));
        context.active().setDefault(AdapterSelection.of("b", "other"));
        float[] b = forward(false);
        context.active().setDefault(AdapterSelection.of("a"));
        assertThat(forward(false)).isNotEqualTo(b);
        context.active().setDefault(AdapterSelection.of("a", "b"));
        assertThatThrownBy(() -> forward(false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("head: several active adapters [a, b]");
        module.removeAdapter("a");
        assertThat(module.adapterNames()).containsExactly("b");
        assertThat(forward(false)).containsExactly(b);
    }

    @Test
    void namesSuffixesAndRemoval() {
        int arrays = manager.getManagedArrays().size();
        module.addAdapter("a", (name, parameter) -> "s." + name);
        assertThat(module.tensors("a"))
                .containsOnlyKeys(
                        "s.01Linear_weight",
                        "s.01Linear_bias",
                        "s.02BatchNorm_gamma",
                        "s.02BatchNorm_beta",
                        "s.02BatchNorm_runningMean",
                        "s.02BatchNorm_runningVar",
                        "s.03Linear_weight",
                        "s.03Linear_bias");
        assertThat(module.tensors("b")).isEmpty();
        assertThatThrownBy(() -> module.addAdapter("a", (name, parameter) -> name))
                .hasMessageContaining("already has an adapter");
        context.active().setDefault(AdapterSelection.of("a"));
        forward(false);
        module.removeAdapter("a");
        module.removeAdapter("a");
        assertThat(module.getDirectParameters().isEmpty()).isTrue();
        assertThatThrownBy(() -> module.addAdapter("b", (name, parameter) -> "same"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two parameters have the suffix \"same\"");
        assertThat(module.getDirectParameters().isEmpty()).isTrue();
        manager.getManagedArrays().stream()
                .filter(x -> x.getName() == null)
                .toList()
                .forEach(NDArray::close);
        assertThat(manager.getManagedArrays().size()).isLessThanOrEqualTo(arrays);
        assertThat(module.path()).isEqualTo("head");
        assertThat(module.base()).isSameAs(base);
        assertThat(module.context()).isSameAs(context);
        assertThat(module.getOutputShapes(new Shape[] {new Shape(6, 3)}))
                .containsExactly(new Shape(6, 2));
    }

    @Test
    void itsParametersAreTheBasesAndTheCopies() {
        module.addAdapter("a", (name, parameter) -> name);
        assertThat(module.getParameters().keys())
                .contains("01Linear_weight@a", "base_01Linear_weight")
                .hasSize(16);
        assertThat(module.isInitialized()).isTrue();
    }

    @Test
    void mergingWritesTheActiveCopiesIntoTheOriginal() {
        module.addAdapter("a", (name, parameter) -> name);
        LinearFixture.write(copy("a", "03Linear_weight"), NaiveLora.random(9, 2, 4));
        Map<String, float[]> before = Values.of(base);
        assertThat(module.merged()).isSameAs(base);
        Values.assertSame(base, before); // no adapter is active
        context.active().setDefault(AdapterSelection.of("a"));
        float[] expected = forward(false);
        assertThat(module.merged()).isSameAs(base);
        module.removeAdapter("a");
        context.active().setDefault(AdapterSelection.none());
        assertThat(forward(false)).isEqualTo(expected);
    }

    @Test
    void aBlockInSeveralPlacesIsCopiedOnce() {
        SequentialBlock twice = new SequentialBlock();
        var shared = LinearFixture.linear(manager, NaiveLora.random(1, 3, 3), new double[3]);
        twice.add(shared).add(shared);
        SavedModule saved = new SavedModule("twice", twice, context);
        saved.addAdapter("a", (name, parameter) -> name);
        assertThat(saved.tensors("a")).containsOnlyKeys("01Linear_weight", "01Linear_bias");
        context.active().setDefault(AdapterSelection.of("a"));
        double[][] other = NaiveLora.random(5, 3, 3);
        LinearFixture.write(tensor(saved, "a", "01Linear_weight"), other);
        NaiveLora control = new NaiveLora(other, null);
        NDArray x = manager.create(NaiveLora.flat(X), new Shape(6, 3));
        LinearFixture.assertClose(run(saved, x, false), control.forward(control.forward(X)));
    }

    @Test
    void itIsSavedAndLoadedWithItsAdapters() throws Exception {
        module.addAdapter("a", (name, parameter) -> name);
        LinearFixture.write(copy("a", "03Linear_weight"), NaiveLora.random(9, 2, 4));
        context.active().setDefault(AdapterSelection.of("a"));
        float[] expected = forward(false);
        byte[] file = save(module);
        byte[] plain = save(base);
        LinearFixture.write(copy("a", "03Linear_weight"), new double[2][4]);
        LinearFixture.write(base.getParameters().get("01Linear_weight"), new double[4][3]);
        copy("a", "01Linear_bias").freeze(true);
        load(file);
        assertThat(forward(false)).containsExactly(expected);
        assertThat(base.getParameters().get("01Linear_weight").getArray().hasGradient()).isFalse();
        assertThat(copy("a", "03Linear_weight").getArray().hasGradient()).isTrue();
        assertThat(copy("a", "01Linear_bias").getArray().hasGradient()).isFalse();
        load(plain);
        assertThat(forward(false)).containsExactly(expected);
        module.removeAdapter("a");
        assertThatThrownBy(() -> load(file))
                .hasMessageContaining("head: the file has an adapter \"a\"")
                .hasMessageContaining("Add the adapter before loading");
        module.addAdapter("a", (name, parameter) -> "x" + name);
        assertThatThrownBy(() -> load(file))
                .hasMessageContaining("01Linear_weight found, x01Linear_weight expected");
    }

    private Parameter copy(String adapter, String suffix) {
        return tensor(module, adapter, suffix);
    }

    private static Parameter tensor(SavedModule module, String adapter, String suffix) {
        return Objects.requireNonNull(module.tensors(adapter).get(suffix));
    }

    private float[] forward(boolean training) {
        return output(training).toFloatArray();
    }

    private NDArray output(boolean training) {
        return run(module, manager.create(NaiveLora.flat(X), new Shape(6, 3)), training);
    }

    private NDArray run(SavedModule block, NDArray x, boolean training) {
        return block.forward(new ParameterStore(manager, false), new NDList(x), training)
                .singletonOrThrow();
    }

    private static byte[] save(ai.djl.nn.Block block) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        block.saveParameters(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private void load(byte[] file) throws Exception {
        module.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(file)));
    }
}
