/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Bias;

final class LoraStateTest {
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void theStateHasLoralibsNamesAndIsACopy() {
        SequentialBlock mlp = Trees.mlp(manager);
        Injection injection = Lora.inject(mlp, Trees.config("all-linear").build());
        try (NDList state = Lora.loraStateDict(mlp, Bias.NONE)) {
            assertThat(state)
                    .extracting(NDArray::getName)
                    .containsExactly(
                            "01Linear.lora_A",
                            "01Linear.lora_B",
                            "03Linear.lora_A",
                            "03Linear.lora_B");
            state.get(0).muli(0);
        }
        NDArray a = injection.layers().get(0).adapter("default").orElseThrow().a().getArray();
        assertThat(a.abs().sum().getFloat()).isPositive();
        assertThat(a.getName()).isNull(); // a name costs time in every call
        assertThat(names(mlp, Bias.ALL)).contains("01Linear.bias").hasSize(5);
        assertThat(names(mlp, Bias.LORA_ONLY)).contains("01Linear.bias").hasSize(5);
    }

    @Test
    void modulesThatTrainWholeAreInTheState() {
        SequentialBlock mlp = Trees.mlp(manager);
        Lora.inject(mlp, Trees.config("03Linear").optModulesToSave("01Linear").build());
        assertThat(names(mlp, Bias.ALL))
                .containsExactlyInAnyOrder(
                        "01Linear.weight", "01Linear.bias", "03Linear.lora_A", "03Linear.lora_B");
    }

    @Test
    void aStateLoadsIntoAnotherTreeOfTheSameBase() {
        SequentialBlock mlp = Trees.mlp(manager);
        NDArray x = Trees.input(manager, 4, 3);
        Injection injection =
                Lora.inject(mlp, Trees.config("01Linear").optModulesToSave("03Linear").build());
        injection.hosts().forEach(host -> Trees.disturb(host, "default"));
        float[] expected = Trees.forward(mlp, x);
        NDList state = Lora.loraStateDict(mlp, Bias.ALL);
        for (AdapterHost host : injection.hosts()) {
            host.tensors("default").values().forEach(p -> zero(p.getArray()));
        }
        injection.merge();
        assertThat(Trees.forward(mlp, x)).isNotEqualTo(expected);
        LoadReport report = Lora.loadLoraStateDict(mlp, state, Bias.ALL);
        assertThat(report.isComplete()).isTrue();
        assertThat(injection.layers()).noneMatch(AdaptedLayer::isMerged);
        assertThat(Trees.forward(mlp, x)).isEqualTo(expected);
        assertThat(Trees.trained(mlp)).hasSize(3);
    }

    @Test
    void missingAndUnexpectedNamesAreReported() {
        SequentialBlock mlp = Trees.mlp(manager);
        Lora.inject(mlp, Trees.config("all-linear").build());
        NDList state = Lora.loraStateDict(mlp, Bias.NONE);
        state.get(1).setName("elsewhere.lora_B");
        state.add(manager.zeros(new Shape(1)));
        LoadReport report = Lora.loadLoraStateDict(mlp, state, Bias.NONE);
        assertThat(report.isComplete()).isFalse();
        assertThat(report.missing()).containsExactly("01Linear.lora_B");
        assertThat(report.unexpected()).containsExactly("elsewhere.lora_B", "(no name)");
    }

    @Test
    void shapesThatDoNotFitAreAllNamedAndNothingIsLoaded() {
        SequentialBlock mlp = Trees.mlp(manager);
        Lora.inject(mlp, Trees.config("all-linear").build());
        Map<String, float[]> before = tensors(mlp);
        NDList state = Lora.loraStateDict(mlp, Bias.NONE);
        state.forEach(array -> array.addi(1));
        NDList wrong =
                new NDList(
                        named("01Linear.lora_B", 7, 3),
                        named("03Linear.lora_A", 2, 8),
                        state.get(3),
                        named("elsewhere", 1));
        assertThatThrownBy(() -> Lora.loadLoraStateDict(mlp, wrong, Bias.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing was loaded: 2 tensors do not fit")
                .hasMessageContaining("01Linear.lora_B: expected (7, 2), found (7, 3)")
                .hasMessageContaining("03Linear.lora_A: expected (2, 7), found (2, 8)")
                .hasMessageContaining("missing: [01Linear.lora_A]")
                .hasMessageContaining("unexpected: [elsewhere]");
        Trees.assertSame(tensors(mlp), before);
    }

    @Test
    void otherFloatTypesAreCast() {
        SequentialBlock mlp = Trees.mlp(manager);
        Injection injection = Lora.inject(mlp, Trees.config("01Linear").build());
        NDArray half = Trees.input(manager, 7, 2).toType(DataType.FLOAT16, true);
        half.setName("01Linear.lora_B");
        LoadReport report = Lora.loadLoraStateDict(mlp, new NDList(half), Bias.NONE);
        assertThat(report.missing()).containsExactly("01Linear.lora_A");
        NDArray b = injection.layers().get(0).adapter("default").orElseThrow().b().getArray();
        assertThat(b.getDataType()).isEqualTo(DataType.FLOAT32);
        assertThat(b.toFloatArray()).isEqualTo(half.toType(DataType.FLOAT32, true).toFloatArray());
    }

    @Test
    void noAdapterOrSeveralOnOneLayerAreRefused() {
        SequentialBlock mlp = Trees.mlp(manager);
        assertThatThrownBy(() -> Lora.loraStateDict(mlp, Bias.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("call Lora.inject first");
        Lora.inject(mlp, Trees.config("01Linear").build(), "a");
        Injection b = Lora.inject(mlp, Trees.config("01Linear").build(), "b");
        b.context().active().setDefault(AdapterSelection.of("a", "b"));
        assertThatThrownBy(() -> Lora.loraStateDict(mlp, Bias.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("several adapters are active on 01Linear");
    }

    private NDArray named(String name, long... shape) {
        NDArray array = manager.zeros(new Shape(shape));
        array.setName(name);
        return array;
    }

    private static void zero(NDArray array) {
        try (NDArray view = array.stopGradient()) {
            view.muli(0);
        }
    }

    private static List<String> names(SequentialBlock mlp, Bias bias) {
        try (NDList state = Lora.loraStateDict(mlp, bias)) {
            return state.stream().map(NDArray::getName).toList();
        }
    }

    private static Map<String, float[]> tensors(SequentialBlock mlp) {
        Map<String, float[]> values = new java.util.LinkedHashMap<>();
        LoraState.tensors(mlp, Bias.NONE)
                .forEach((name, p) -> values.put(name, p.getArray().toFloatArray()));
        return values;
    }
}
