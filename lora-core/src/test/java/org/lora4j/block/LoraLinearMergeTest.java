/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.block.layer.LoraLinear;
import org.lora4j.block.weight.DenseLinear;

final class LoraLinearMergeTest {
    private static final double[][] X = NaiveLora.random(3, 4, LinearFixture.IN);

    @Test
    void mergedEqualsUnmergedAndUnmergingIsExact() {
        try (LinearFixture f = new LinearFixture(true)) {
            Map<String, Double> weights = new LinkedHashMap<>();
            weights.put("a", 0.5);
            weights.put("b", -1.5);
            weights.put("elsewhere", 1.0);
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 0.5);
            f.add("b", LinearFixture.spec(3, 2, 0), 30, -1.5);
            f.context.active().setDefault(new AdapterSelection(weights));
            NDArray x = f.input(X, 4, 3);
            float[] base = LinearFixture.bytes(f.base);
            NDArray before = f.forward(x);
            assertThat(f.layer.isMerged()).isFalse();
            f.layer.merge();
            assertThat(f.layer.isMerged()).isTrue();
            LinearFixture.assertClose(f.forward(x), f.control.forward(X));
            assertThat(f.forward(x).toFloatArray())
                    .containsExactly(before.toFloatArray(), within(1e-5f));
            // the merged weight is really used: with another A it still is what was merged
            LinearFixture.write(f.layer.adapter("a").orElseThrow().a(), new double[2][3]);
            LinearFixture.assertClose(f.forward(x), f.control.forward(X));
            assertThat(LinearFixture.bytes(f.base)).containsExactly(base);
            f.layer.unmerge();
            assertThat(f.layer.isMerged()).isFalse();
            LinearFixture.write(f.layer.adapter("a").orElseThrow().a(), f.control.terms.get(0).a());
            assertThat(f.forward(x).toFloatArray()).containsExactly(before.toFloatArray());
            assertThat(LinearFixture.bytes(f.base)).containsExactly(base);
        }
    }

    @Test
    void aMergedWeightServesItsOwnSelectionOnly() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            NDArray x = f.input(X, 4, 3);
            float[] plain = f.forward(f.base, x, false).toFloatArray();
            f.layer.merge();
            try (var scope = f.context.active().use(AdapterSelection.none())) {
                assertThat(f.forward(x).toFloatArray()).containsExactly(plain);
            }
            f.control.terms.clear();
            f.add("b", LinearFixture.spec(1, 3, 0), 30, 1);
            try (var scope = f.context.active().use(AdapterSelection.of("b"))) {
                LinearFixture.assertClose(f.forward(x), f.control.forward(X));
            }
            assertThat(f.layer.isMerged()).isTrue();
        }
    }

    @Test
    void mergingAgainFormsTheSumAnew() {
        try (LinearFixture f = new LinearFixture(false)) {
            LoraAdapter a = f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            f.layer.merge();
            int held = f.manager.getManagedArrays().size();
            double[][] other = NaiveLora.random(50, 2, 3);
            LinearFixture.write(a.a(), other);
            f.layer.merge();
            assertThat(f.manager.getManagedArrays()).hasSize(held);
            NaiveLora.Term term = f.control.terms.remove(0);
            f.control.add(other, term.b(), term.scale(), null);
            LinearFixture.assertClose(f.forward(f.input(X, 4, 3)), f.control.forward(X));
            f.context.active().setDefault(AdapterSelection.none());
            f.layer.merge();
            assertThat(f.layer.isMerged()).isFalse();
        }
    }

    @Test
    void trainingARemovedOrANewAdapterDropsWhatWasMerged() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.add("b", LinearFixture.spec(2, 7, 0), 30, 1);
            NDArray x = f.input(X, 4, 3);
            f.context.active().setDefault(AdapterSelection.of("a"));
            f.layer.merge();
            try (var scope = f.context.active().use(AdapterSelection.of("b"))) {
                f.forward(f.layer, x, true);
                f.layer.removeAdapter("b");
            }
            assertThat(f.layer.isMerged()).isTrue(); // "b" had no part in it
            f.forward(f.layer, x, true);
            assertThat(f.layer.isMerged()).isFalse();
            f.layer.merge();
            f.layer.removeAdapter("a");
            assertThat(f.layer.isMerged()).isFalse();
            assertThat(f.forward(x).toFloatArray())
                    .containsExactly(f.forward(f.base, x, false).toFloatArray());
            f.layer.addAdapter("b", LinearFixture.spec(2, 7, 0));
            f.context.active().setDefault(AdapterSelection.of("b", "late"));
            f.layer.merge();
            assertThat(f.layer.isMerged()).isTrue();
            f.layer.addAdapter("late", LinearFixture.spec(2, 7, 0));
            assertThat(f.layer.isMerged()).isFalse();
        }
    }

    @Test
    void mergingLeavesNoArrayBehind() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            f.forward(f.input(X, 4, 3));
            int before = f.manager.getManagedArrays().size();
            f.layer.merge();
            assertThat(f.manager.getManagedArrays()).hasSize(before + 1);
            f.forward(f.input(X, 4, 3)).close();
            before++; // the input
            f.layer.unmerge();
            assertThat(f.manager.getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void readersAreRightWhileTheOwnerMergesAndUnmerges() throws Exception {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            float[] expected = NaiveLora.flat(f.control.forward(X));
            AtomicBoolean done = new AtomicBoolean();
            ExecutorService pool = Executors.newFixedThreadPool(3);
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                readers.add(
                        pool.submit(
                                () -> {
                                    int reads = 0;
                                    while (!done.get() || reads < 10) {
                                        try (NDManager own = f.manager.newSubManager()) {
                                            NDArray x =
                                                    own.create(NaiveLora.flat(X), new Shape(4, 3));
                                            assertThat(f.forward(x).toFloatArray())
                                                    .containsExactly(expected, within(4e-6f));
                                        }
                                        reads++;
                                    }
                                    return reads;
                                }));
            }
            for (int i = 0; i < 200; i++) {
                f.layer.merge();
                f.layer.unmerge();
            }
            done.set(true);
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
            pool.shutdown();
        }
    }

    @Test
    void whatIsLeftAfterAMergeIsAPlainLayer() {
        for (boolean bias : new boolean[] {true, false}) {
            try (LinearFixture f = new LinearFixture(bias)) {
                assertThat(f.layer.merged()).isSameAs(f.base); // no adapter, nothing to add
                f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
                f.context.active().setDefault(AdapterSelection.of("a"));
                Linear plain = f.layer.merged();
                assertThat(plain).isExactlyInstanceOf(Linear.class);
                assertThat(plain.isInitialized()).isTrue();
                NDArray x = f.input(X, 4, 3);
                LinearFixture.assertClose(f.forward(plain, x, false), f.control.forward(X));
                assertThat(plain.getParameters().keys()).isEqualTo(f.base.getParameters().keys());
                assertThat(plain.getParameters().values()).noneMatch(Parameter::requiresGradient);
                DenseLinear dense =
                        new DenseLinear(
                                f.base.getParameters().get("weight").getArray(),
                                bias ? f.base.getParameters().get("bias").getArray() : null,
                                new NdArrayKernels());
                LoraLinear other = new LoraLinear("d", dense, f.context);
                LoraAdapter adapter = other.addAdapter("a", LinearFixture.spec(2, 7, 0));
                LinearFixture.write(adapter.a(), f.control.terms.get(0).a());
                LinearFixture.write(adapter.b(), f.control.terms.get(0).b());
                assertThat(other.merged()).isInstanceOf(DenseLinear.class);
                LinearFixture.assertClose(
                        f.forward(other.merged(), x, false), f.control.forward(X));
            }
        }
    }
}
