/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lora4j.djl.GoldenChecks.assertClose;
import static org.lora4j.djl.GoldenChecks.checkMerged;
import static org.lora4j.djl.GoldenChecks.forward;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.core.DeltaDtype;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;

/** Whole tensors of every kind of layer against loralib 0.1.2 and peft 0.21.2, by both kernels. */
final class LayerGoldenTest {
    /** The last digits of sums of values up to 4: CPUs of other makes add in another order. */
    static List<LayerGolden> cases() {
        return LayerGolden.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aLayerComputesWhatPythonDoesByLibtorch(LayerGolden golden) {
        check(golden, new TorchKernels(), DeltaDtype.ACTIVATION);
        check(golden, new TorchKernels(), DeltaDtype.FLOAT32);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aLayerComputesWhatPythonDoesByNdArrays(LayerGolden golden) {
        check(golden, new NdArrayKernels(), DeltaDtype.ACTIVATION);
    }

    private static void check(LayerGolden golden, LoraKernels kernels, DeltaDtype dtype) {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            LayerGolden.Arrays arrays = golden.read(manager);
            LoraContext context = LoraContext.of(kernels, 0);
            AdaptedLayer layer = golden.layer(arrays, context);
            LoraAdapter adapter = layer.addAdapter("default", golden.spec(dtype));
            NDArray a = adapter.a().getArray();
            NDArray b = adapter.b().getArray();
            assertThat(a.getShape()).isEqualTo(arrays.get("a").getShape());
            assertThat(b.getShape()).isEqualTo(arrays.get("b").getShape());
            NDArray x = arrays.get("x");
            context.active().setDefault(AdapterSelection.none());
            float[] base = forward(layer, x, false).toFloatArray();
            context.active().setDefault(AdapterSelection.of("default"));
            assertThat(forward(layer, x, false).toFloatArray()).isEqualTo(base);
            Torch.copyInto(a, arrays.get("a"));
            Torch.copyInto(b, arrays.get("b"));
            boolean real = x.getDataType() == DataType.FLOAT32;
            List<NDArray> leaves = new ArrayList<>(List.of(a, b));
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
            if (real) {
                assertClose("dx", gradients.get(2), arrays);
            }
            assertClose("y", forward(layer, x, false), arrays);
            if (arrays.has("merged")) {
                checkMerged(layer, x, manager, arrays);
            }
        }
    }
}
