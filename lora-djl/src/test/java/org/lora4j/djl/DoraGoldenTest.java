/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lora4j.djl.GoldenChecks.TOLERANCE;
import static org.lora4j.djl.GoldenChecks.assertClose;
import static org.lora4j.djl.GoldenChecks.checkMerged;
import static org.lora4j.djl.GoldenChecks.forward;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LoraContext;
import org.lora4j.block.StepContext;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.Magnitude;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;

/** DoRA on every kind of layer against peft 0.21.2, whole tensors, by both kernels. */
final class DoraGoldenTest {
    /** The last digits of sums of values up to 4: CPUs of other makes add in another order. */
    private static List<LayerGolden> cases(String... kinds) {
        return LayerGolden.all(DoraGoldenTest::resource).stream()
                .filter(golden -> List.of(kinds).contains(golden.kind()))
                .toList();
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(
                DoraGoldenTest.class.getResourceAsStream("/golden/dora/" + name), name);
    }

    static List<LayerGolden> layers() {
        return cases("linear", "embedding", "convolution");
    }

    static List<LayerGolden> dropouts() {
        return cases("dropout");
    }

    @ParameterizedTest
    @MethodSource("layers")
    void aLayerComputesWhatPeftDoesByLibtorch(LayerGolden golden) {
        check(golden, new TorchKernels(), DeltaDtype.ACTIVATION);
        check(golden, new TorchKernels(), DeltaDtype.FLOAT32);
    }

    @ParameterizedTest
    @MethodSource("layers")
    void aLayerComputesWhatPeftDoesByNdArrays(LayerGolden golden) {
        check(golden, new NdArrayKernels(), DeltaDtype.ACTIVATION);
    }

    private static void check(LayerGolden golden, LoraKernels kernels, DeltaDtype dtype) {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            LayerGolden.Arrays arrays = golden.read(manager);
            LoraContext context = LoraContext.of(kernels, 0);
            AdaptedLayer layer = golden.layer(arrays, context);
            NDArray x = arrays.get("x");
            float[] base = forward(layer, x, false).toFloatArray();
            LoraAdapter adapter = layer.addAdapter("default", golden.spec(dtype).with(false, true));
            context.active().setDefault(AdapterSelection.of("default"));
            // of a new adapter the magnitudes are PEFT's, and nothing changes
            assertClose("m0", magnitudes(adapter).getArray(), arrays);
            assertThat(forward(layer, x, false).toFloatArray()).isEqualTo(base);
            fill(adapter, arrays);
            List<NDArray> leaves = new ArrayList<>();
            adapter.parameters().forEach(parameter -> leaves.add(parameter.getArray()));
            boolean real = x.getDataType() == DataType.FLOAT32;
            if (real) {
                x.setRequiresGradient(true);
                leaves.add(x);
            }
            NDArray y = forward(layer, x, true);
            assertClose("y", y, arrays);
            NDArray loss = y.mul(arrays.get("dy")).sum();
            NDList gradients = Autograd.gradients(loss, leaves);
            assertClose("da", gradients.get(0), arrays);
            assertClose("db", gradients.get(1), arrays);
            assertClose("dm", gradients.get(2), arrays);
            if (real) {
                assertClose("dx", gradients.get(3), arrays);
            }
            assertClose("y", forward(layer, x, false), arrays);
            if (arrays.has("merged")) {
                checkMerged(layer, x, manager, arrays);
            }
        }
    }

    /** PEFT drops W0's input as well; both its formula here and the layer are compared with it. */
    @ParameterizedTest
    @MethodSource("dropouts")
    void withDropoutALayerComputesPeftsOtherFormula(LayerGolden golden) {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            LayerGolden.Arrays arrays = golden.read(manager);
            NDArray x = arrays.get("x");
            x.setRequiresGradient(true);
            List<NDArray> own = leaves(arrays, x);
            NDArray y = formula(golden, arrays, own, arrays.get("mask"));
            NDArray dy = arrays.get("dy");
            assertClose("y", y, arrays);
            assertGradients(Autograd.gradients(y.mul(dy).sum(), own), arrays);

            LoraContext context = LoraContext.of(new TorchKernels(), 7);
            AdaptedLayer layer = golden.layer(arrays, context);
            AdapterSpec plain = golden.spec(DeltaDtype.ACTIVATION);
            AdapterSpec spec =
                    new AdapterSpec(
                                    plain.rank(),
                                    plain.alpha(),
                                    plain.scaling(),
                                    0.4,
                                    Init.GAUSSIAN,
                                    DeltaDtype.ACTIVATION,
                                    5)
                            .with(false, true);
            float[] base = forward(layer, x, false).toFloatArray();
            LoraAdapter adapter = layer.addAdapter("default", spec);
            context.active().setDefault(AdapterSelection.of("default"));
            context.steps().begin(3, 4);
            assertThat(forward(layer, x, true).toFloatArray()).isEqualTo(base);
            fill(adapter, arrays);
            context.steps().begin(3, 4);
            NDArray kept = context.steps().mask(x, 0.4, StepContext.pathKey(layer.path()));
            NDArray mask = kept.toType(DataType.FLOAT32, true).mul(1 / 0.6f);
            assertThat(mask.toFloatArray()).contains(0f);
            NDList expected =
                    Autograd.gradients(formula(golden, arrays, own, mask).mul(dy).sum(), own);
            float[] expectedY = formula(golden, arrays, own, mask).toFloatArray();
            context.steps().begin(3, 4);
            NDArray found = forward(layer, x, true);
            assertThat(found.toFloatArray()).containsExactly(expectedY, within(TOLERANCE));
            List<NDArray> trained = new ArrayList<>();
            adapter.parameters().forEach(parameter -> trained.add(parameter.getArray()));
            trained.add(x);
            NDList gradients = Autograd.gradients(found.mul(dy).sum(), trained);
            for (int i = 0; i < gradients.size(); i++) {
                assertThat(gradients.get(i).toFloatArray())
                        .as("gradient %d", i)
                        .containsExactly(expected.get(i).toFloatArray(), within(TOLERANCE));
            }
        }
    }

    private static List<NDArray> leaves(LayerGolden.Arrays arrays, NDArray x) {
        List<NDArray> leaves = new ArrayList<>();
        for (String name : List.of("a", "b", "m")) {
            NDArray leaf = arrays.get(name).duplicate();
            leaf.setRequiresGradient(true);
            leaves.add(leaf);
        }
        leaves.add(x);
        return leaves;
    }

    /** x W0ᵀ + b + (c - 1) x' W0ᵀ + c s x' Aᵀ Bᵀ with x' = x ∘ mask. */
    private static NDArray formula(
            LayerGolden golden, LayerGolden.Arrays arrays, List<NDArray> leaves, NDArray mask) {
        NDArray a = leaves.get(0);
        NDArray b = leaves.get(1);
        NDArray stored = arrays.get("w");
        boolean fanIn = golden.json().get("fanIn").getAsBoolean();
        NDArray w = fanIn ? stored.transpose() : stored;
        double s = golden.spec(DeltaDtype.ACTIVATION).scaling();
        NDArray norms =
                w.add(b.stopGradient().matMul(a.stopGradient()).mul(s))
                        .square()
                        .sum(new int[] {1})
                        .sqrt();
        NDArray c = leaves.get(2).div(norms);
        NDArray x = leaves.get(3);
        NDArray dropped = x.mul(mask);
        NDArray y = Torch.linear(x, w, arrays.get("bias"));
        NDArray less = Torch.scale(Torch.linear(dropped, w), -1);
        NDArray low = Torch.scale(Torch.linear(Torch.linear(dropped, a), b), s);
        NDArray rescaled = Torch.linear(dropped, w).add(low).mul(c);
        return y.add(less).add(rescaled);
    }

    private static void assertGradients(NDList gradients, LayerGolden.Arrays arrays) {
        assertClose("da", gradients.get(0), arrays);
        assertClose("db", gradients.get(1), arrays);
        assertClose("dm", gradients.get(2), arrays);
        assertClose("dx", gradients.get(3), arrays);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dora", "plain"})
    void inOneSelectionAnAdapterWithDoraRescalesWhatCameBeforeIt(String first) {
        LayerGolden golden =
                cases("two").stream()
                        .filter(two -> two.json().get("first").getAsString().equals(first))
                        .findFirst()
                        .orElseThrow();
        try (NDManager manager = NDManager.newBaseManager()) {
            LayerGolden.Arrays arrays = golden.read(manager);
            LoraContext context = LoraContext.of(new TorchKernels(), 7);
            AdaptedLayer layer = golden.linear(arrays, context);
            AdapterSpec dora =
                    new AdapterSpec(2, 7, 3.5, 0, Init.GAUSSIAN, DeltaDtype.ACTIVATION, 5)
                            .with(false, true);
            fill(layer.addAdapter("dora", dora), arrays);
            LoraAdapter plain =
                    layer.addAdapter(
                            "plain",
                            new AdapterSpec(
                                    3, 2, 2 / 3.0, 0, Init.GAUSSIAN, DeltaDtype.ACTIVATION, 5));
            Torch.copyInto(plain.a().getArray(), arrays.get("a2"));
            Torch.copyInto(plain.b().getArray(), arrays.get("b2"));
            String second = first.equals("dora") ? "plain" : "dora";
            context.active().setDefault(AdapterSelection.of(first, second));
            NDArray x = arrays.get("x");
            assertClose("y", forward(layer, x, false), arrays);
            layer.merge();
            assertClose("y", forward(layer, x, false), arrays);
            context.active().setDefault(AdapterSelection.of(second, first));
            assertThat(forward(layer, x, false).sub(arrays.get("y")).abs().max().getFloat())
                    .isGreaterThan(1e-2f);
            context.active().setDefault(AdapterSelection.of(first, second));
            assertClose(
                    "merged", layer.merged().getDirectParameters().valueAt(0).getArray(), arrays);
        }
    }

    /**
     * The lengths that inference keeps are measured anew when A or B was written, and only then.
     */
    @Test
    void keptLengthsFollowAAndB() {
        LayerGolden golden = layers().get(0);
        try (NDManager manager = NDManager.newBaseManager()) {
            LayerGolden.Arrays arrays = golden.read(manager);
            LoraContext context = LoraContext.of(new TorchKernels(), 7);
            AdaptedLayer layer = golden.layer(arrays, context);
            AdapterSpec spec = golden.spec(DeltaDtype.ACTIVATION).with(false, true);
            LoraAdapter adapter = layer.addAdapter("default", spec);
            context.active().setDefault(AdapterSelection.of("default"));
            NDArray x = arrays.get("x");
            NDArray before = forward(layer, x, false);
            fill(adapter, arrays);
            NDArray after = forward(layer, x, false);
            assertThat(after.sub(before).abs().max().getFloat()).isGreaterThan(1e-2f);
            int arraysOfTheWeight = layer.weight().getManager().getManagedArrays().size();
            assertThat(forward(layer, x, false).toFloatArray()).isEqualTo(after.toFloatArray());
            forward(layer, x, false).close();
            assertThat(layer.weight().getManager().getManagedArrays().size() - arraysOfTheWeight)
                    .isLessThanOrEqualTo(1); // the first of the two outputs above
            Torch.copyInto(adapter.b().getArray(), arrays.get("b").mul(3));
            NDArray moved = forward(layer, x, false);
            assertThat(moved.sub(after).abs().max().getFloat()).isGreaterThan(1e-2f);
            Torch.copyInto(adapter.b().getArray(), arrays.get("b"));
            assertThat(forward(layer, x, false).toFloatArray()).isEqualTo(after.toFloatArray());
        }
    }

    private static Parameter magnitudes(LoraAdapter adapter) {
        Magnitude magnitude = Objects.requireNonNull(adapter.magnitude());
        return magnitude.parameter();
    }

    private static void fill(LoraAdapter adapter, LayerGolden.Arrays arrays) {
        Torch.copyInto(adapter.a().getArray(), arrays.get("a"));
        Torch.copyInto(adapter.b().getArray(), arrays.get("b"));
        Torch.copyInto(magnitudes(adapter).getArray(), arrays.get("m"));
    }
}
