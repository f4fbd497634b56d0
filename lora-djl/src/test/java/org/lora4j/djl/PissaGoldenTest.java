/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.lora4j.djl.GoldenChecks.forward;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterInit;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;

/** PiSSA and OLoRA on linear layers against peft 0.21.2, whole tensors. */
final class PissaGoldenTest {
    private static final float TOLERANCE = 1e-5f;

    static List<LayerGolden> cases() {
        return LayerGolden.all(PissaGoldenTest::resource);
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(
                PissaGoldenTest.class.getResourceAsStream("/golden/pissa/" + name), name);
    }

    private static LayerGolden pissa() {
        return cases().stream()
                .filter(golden -> golden.name().equals("pissa"))
                .findFirst()
                .orElseThrow();
    }

    private static AdapterSpec spec(LayerGolden golden) {
        String name = golden.json().get("init").getAsString();
        return golden.spec(DeltaDtype.ACTIVATION)
                .with(false, golden.json().get("dora").getAsBoolean())
                .withInit(
                        name.equals("olora") ? Init.OLORA : Init.PISSA,
                        name.contains("niter") ? 16 : 0);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aLayerComputesWhatPeftDoes(LayerGolden golden) {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            LayerGolden.Arrays arrays = golden.read(manager);
            LoraContext context = LoraContext.of(new TorchKernels(), 0);
            AdaptedLayer layer = golden.layer(arrays, context);
            NDArray x = arrays.get("x");
            float[] base = forward(layer, x, false).toFloatArray();
            LoraAdapter adapter = layer.addAdapter("default", spec(golden));
            LoraAdapter.Pair origin = Objects.requireNonNull(adapter.origin());
            double s = adapter.spec().scaling();
            boolean fanIn = golden.json().get("fanIn").getAsBoolean();
            NDArray taken = origin.b().matMul(origin.a()).mul(s);
            // PEFT's W0 - (W0 - s B0 A0) has been rounded twice
            assertClose("taken", fanIn ? taken.transpose() : taken, arrays);
            assertThat(adapter.a().getArray().toFloatArray()).isEqualTo(origin.a().toFloatArray());
            if (arrays.has("m0")) {
                assertClose("m0", parameter(adapter, 2), arrays);
            }
            context.active().setDefault(AdapterSelection.of("default"));
            assertThat(forward(layer, x, false).toFloatArray())
                    .containsExactly(base, within(1e-6f));

            List<NDArray> leaves = new ArrayList<>();
            List<String> names = List.of("a", "b", "m");
            for (int i = 0; i < adapter.parameters().size(); i++) {
                Torch.copyInto(parameter(adapter, i), arrays.get(names.get(i)));
                leaves.add(parameter(adapter, i));
            }
            x.setRequiresGradient(true);
            leaves.add(x);
            NDArray y = forward(layer, x, true);
            assertClose("y", y, arrays);
            NDList gradients = Autograd.gradients(y.mul(arrays.get("dy")).sum(), leaves);
            for (int i = 0; i < leaves.size() - 1; i++) {
                assertClose("d" + names.get(i), gradients.get(i), arrays);
            }
            assertClose("dx", gradients.get(leaves.size() - 1), arrays);
            assertThat(layer.weight().toFloatArray()).isEqualTo(arrays.get("w").toFloatArray());
            checkMerged(layer, x, arrays);
            checkPlain(golden, layer, adapter, manager, arrays);
        }
    }

    private static void checkMerged(AdaptedLayer layer, NDArray x, LayerGolden.Arrays arrays) {
        float[] unmerged = forward(layer, x, false).toFloatArray();
        layer.merge();
        assertClose("y", forward(layer, x, false), arrays);
        layer.unmerge();
        assertThat(forward(layer, x, false).toFloatArray()).isEqualTo(unmerged);
        Block plain = layer.merged();
        assertClose("merged", plain.getDirectParameters().valueAt(0).getArray(), arrays);
    }

    /** As plain LoRA of twice the rank, on the base as it is, the adapter gives the same. */
    private static void checkPlain(
            LayerGolden golden,
            AdaptedLayer layer,
            LoraAdapter adapter,
            NDManager manager,
            LayerGolden.Arrays arrays) {
        Map<String, NDArray> tensors = layer.exportedAsLora(manager, "default");
        AdapterSpec of = adapter.spec();
        AdapterSpec twice =
                new AdapterSpec(
                                2 * of.rank(),
                                2 * of.alpha(),
                                of.scaling(),
                                0,
                                Init.GAUSSIAN,
                                DeltaDtype.ACTIVATION,
                                0)
                        .with(false, of.dora());
        LoraAdapter plain = layer.addAdapter("plain", twice);
        List<NDArray> values = List.copyOf(tensors.values());
        for (int i = 0; i < values.size(); i++) {
            Parameter parameter = plain.parameters().get(i);
            assertThat(values.get(i).getShape()).isEqualTo(parameter.getArray().getShape());
            Torch.copyInto(parameter.getArray(), values.get(i));
        }
        layer.context().active().setDefault(AdapterSelection.of("plain"));
        assertClose("y", forward(layer, arrays.get("x"), false), arrays);
        assertThat(golden.json().get("rank").getAsInt()).isEqualTo(of.rank());
    }

    /** Dropout acts on A's input and not on what is taken off W0, as in PEFT. */
    @Test
    void whatIsTakenOffTheWeightSeesTheWholeInput() {
        LayerGolden golden = pissa();
        try (NDManager manager = NDManager.newBaseManager()) {
            LayerGolden.Arrays arrays = golden.read(manager);
            LoraContext context = LoraContext.of(new TorchKernels(), 0);
            AdaptedLayer layer = golden.layer(arrays, context);
            AdapterSpec of = spec(golden);
            AdapterSpec drops =
                    new AdapterSpec(
                                    of.rank(),
                                    of.alpha(),
                                    of.scaling(),
                                    0.999999,
                                    Init.GAUSSIAN,
                                    DeltaDtype.ACTIVATION,
                                    0)
                            .withInit(of.init(), 0);
            layer.addAdapter("default", drops);
            context.active().setDefault(AdapterSelection.of("default"));
            NDArray rest = arrays.get("w").sub(arrays.get("taken"));
            NDArray y = forward(layer, arrays.get("x"), true);
            NDArray expected =
                    golden.json().get("fanIn").getAsBoolean()
                            ? arrays.get("x").matMul(rest).add(arrays.get("bias"))
                            : Torch.linear(arrays.get("x"), rest, arrays.get("bias"));
            assertThat(y.toFloatArray())
                    .containsExactly(expected.toFloatArray(), within(TOLERANCE));
        }
    }

    @Test
    void anAdapterOfAFileGetsTheSameBeginning() {
        for (LayerGolden golden : cases()) {
            try (NDManager manager = NDManager.newBaseManager()) {
                LayerGolden.Arrays arrays = golden.read(manager);
                LoraContext context = LoraContext.of(new TorchKernels(), 0);
                AdaptedLayer layer = golden.layer(arrays, context);
                LoraAdapter first = layer.addAdapter("first", spec(golden));
                LoraAdapter second = layer.addAdapter("second", spec(golden), AdapterInit.ZEROS);
                assertThat(second.a().getArray().toFloatArray()).containsOnly(0f);
                assertThat(Objects.requireNonNull(second.origin()).a().toFloatArray())
                        .isEqualTo(Objects.requireNonNull(first.origin()).a().toFloatArray());
            }
        }
    }

    @Test
    void whereItCannotBeginItIsRefusedByName() {
        LayerGolden golden = pissa();
        try (NDManager manager = NDManager.newBaseManager()) {
            LayerGolden.Arrays arrays = golden.read(manager);
            AdaptedLayer layer = golden.layer(arrays, LoraContext.of(new TorchKernels(), 0));
            AdapterSpec wide = new AdapterSpec(6, 6, 1, 0, Init.PISSA, DeltaDtype.ACTIVATION, 0);
            assertThatThrownBy(() -> layer.addAdapter("a", wide))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(layer.path())
                    .hasMessageContaining("PISSA")
                    .hasMessageContaining("rank 6");
            AdaptedLayer bare = golden.layer(arrays, LoraContext.of(new NdArrayKernels(), 0));
            assertThatThrownBy(() -> bare.addAdapter("a", spec(golden)))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("PiSSA");
        }
    }

    private static NDArray parameter(LoraAdapter adapter, int i) {
        return adapter.parameters().get(i).getArray();
    }

    private static void assertClose(String name, NDArray found, LayerGolden.Arrays arrays) {
        GoldenChecks.assertClose(name, found, arrays, TOLERANCE);
    }
}
