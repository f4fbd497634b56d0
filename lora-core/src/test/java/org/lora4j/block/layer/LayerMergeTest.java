/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.ForwardingKernels;
import org.lora4j.block.LinearFixture;
import org.lora4j.block.LoraContext;
import org.lora4j.block.NaiveLora;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.core.ConvForm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;

/** Merging at inference, by kernels that count versions and by those that cannot. */
final class LayerMergeTest {
    private static final double[][] X = NaiveLora.random(3, 4, LinearFixture.IN);

    @Test
    void aWeightIsFreedWhenItsLastReaderLetsGo() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.create(new float[] {1, 2});
            MergedWeight weight =
                    new MergedWeight(SelectedAdapters.of(Map.of("a", 1.0), Map.of(), null), array);
            assertThat(weight.acquire()).isTrue();
            weight.release();
            assertThat(weight.acquire()).isTrue();
            weight.release();
            assertThat(weight.acquire()).isTrue();
            weight.release(); // the owner's
            assertThat(array.toFloatArray()).containsExactly(1, 2);
            weight.release(); // the last reader's
            assertThat(manager.getManagedArrays()).isEmpty();
            assertThat(weight.acquire()).isFalse();
        }
    }

    @Test
    void theWeightFollowsTheVersionsOfAAndB() {
        Versions kernels = new Versions();
        try (LinearFixture f = new LinearFixture(true)) {
            LoraLinear layer = new LoraLinear("p", f.base, LoraContext.of(kernels, 1));
            LoraAdapter adapter = layer.addAdapter("a", spec(true));
            double[][] b = NaiveLora.random(9, LinearFixture.OUT, 2);
            LinearFixture.write(adapter.b(), b);
            layer.context().active().setDefault(AdapterSelection.of("a"));
            NDArray x = f.input(X, 4, 3);
            float[] before = f.forward(layer, x, false).toFloatArray();
            assertThat(layer.isMerged()).isTrue();
            assertThat(kernels.deltas).isEqualTo(1);
            f.forward(layer, x, false);
            assertThat(kernels.deltas).isEqualTo(1); // what is current is used again
            for (NDArray matrix : List.of(adapter.a().getArray(), adapter.b().getArray())) {
                kernels.written.add(matrix);
                f.forward(layer, x, false);
            }
            assertThat(kernels.deltas).isEqualTo(3);
            assertThat(f.forward(layer, x, false).toFloatArray()).isEqualTo(before);
            layer.merge(); // one that was asked for stays what it is
            kernels.written.add(adapter.a().getArray());
            f.forward(layer, x, false);
            assertThat(kernels.deltas).isEqualTo(4);
        }
    }

    @Test
    void withoutVersionsATrainingPassIsWhatTells() {
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter adapter = f.layer.addAdapter("a", spec(true));
            f.context.active().setDefault(AdapterSelection.of("a"));
            NDArray x = f.input(X, 4, 3);
            float[] base = f.forward(x).toFloatArray();
            assertThat(f.layer.isMerged()).isTrue();
            f.forward(f.layer, x, true);
            assertThat(f.layer.isMerged()).isFalse();
            LinearFixture.write(adapter.b(), NaiveLora.random(9, LinearFixture.OUT, 2));
            assertThat(f.forward(x).toFloatArray()).isNotEqualTo(base);
            assertThat(f.layer.isMerged()).isTrue();
        }
    }

    @Test
    void allOfTheActiveAdaptersHaveToAsk() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.layer.addAdapter("a", spec(true));
            f.layer.addAdapter("b", spec(false));
            NDArray x = f.input(X, 4, 3);
            f.context.active().setDefault(AdapterSelection.of("a", "b"));
            f.forward(x);
            assertThat(f.layer.isMerged()).isFalse();
            f.context.active().setDefault(AdapterSelection.of("elsewhere"));
            f.forward(x);
            assertThat(f.layer.isMerged()).isFalse();
            f.context.active().setDefault(AdapterSelection.of("a", "elsewhere"));
            f.forward(x);
            assertThat(f.layer.isMerged()).isTrue();
        }
    }

    private static AdapterSpec spec(boolean merges) {
        return new AdapterSpec(
                2,
                7,
                3.5,
                0,
                Init.GAUSSIAN,
                DeltaDtype.ACTIVATION,
                11,
                ConvForm.PEFT,
                List.of(),
                merges);
    }

    /** Kernels that are told what was written, and count. */
    private static final class Versions extends ForwardingKernels {
        final List<NDArray> written = new ArrayList<>();
        int deltas;

        @Override
        public long version(NDArray a, NDArray b) {
            return written.stream().filter(one -> one == a || one == b).count();
        }

        @Override
        public NDArray delta(NDArray a, NDArray b, double scaling) {
            deltas++;
            return super.delta(a, b, scaling);
        }
    }
}
