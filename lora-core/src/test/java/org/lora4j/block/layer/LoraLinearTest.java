/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.Gradients;
import org.lora4j.block.LinearFixture;
import org.lora4j.block.LoraContext;
import org.lora4j.block.NaiveLora;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;

final class LoraLinearTest {
    private static final double[][] X = NaiveLora.random(3, 4, LinearFixture.IN);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void forwardEqualsTheControlWithAlphaOtherThanTheRank(boolean bias) {
        try (LinearFixture f = new LinearFixture(bias)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            LinearFixture.assertClose(f.forward(f.input(X, 4, 3)), f.control.forward(X));
            NDArray deep = f.forward(f.input(X, 2, 2, 3));
            assertThat(deep.getShape()).isEqualTo(new Shape(2, 2, 5));
            LinearFixture.assertClose(deep, f.control.forward(X));
        }
    }

    @Test
    void trainingWithoutDropoutEqualsInference() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            NDArray x = f.input(X, 4, 3);
            assertThat(f.forward(f.layer, x, true).toFloatArray())
                    .containsExactly(f.forward(x).toFloatArray());
        }
    }

    @Test
    void rankStabilisedScalingIsTakenFromTheConfiguration() {
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(4)
                        .setAlpha(6)
                        .optRslora(true)
                        .optTargetModules("query")
                        .optSeed(5)
                        .optDropout(0.25)
                        .optInit(Init.KAIMING_UNIFORM)
                        .optDeltaDtype(DeltaDtype.FLOAT32)
                        .build();
        AdapterSpec spec = AdapterSpec.of(config, LinearFixture.PATH);
        assertThat(spec)
                .isEqualTo(
                        new AdapterSpec(
                                4, 6, 3, 0.25, Init.KAIMING_UNIFORM, DeltaDtype.FLOAT32, 5));
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", spec, 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            LinearFixture.assertClose(f.forward(f.input(X, 4, 3)), f.control.forward(X));
        }
    }

    @Test
    void activeAdaptersAreSummedByTheirWeightsAndOthersAreNot() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 0.5);
            f.add("b", LinearFixture.spec(3, 2, 0), 30, -1.5);
            LoraAdapter idle = f.layer.addAdapter("idle", LinearFixture.spec(1, 1, 0));
            LinearFixture.write(idle.b(), NaiveLora.random(40, 5, 1));
            Map<String, Double> weights = new LinkedHashMap<>();
            weights.put("a", 0.5);
            weights.put("b", -1.5);
            weights.put("elsewhere", 3.0);
            f.context.active().setDefault(new AdapterSelection(weights));
            LinearFixture.assertClose(f.forward(f.input(X, 4, 3)), f.control.forward(X));
            assertThat(f.layer.adapterNames()).containsExactly("a", "b", "idle");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNewAdapterGivesTheBaseBitForBit(boolean training) {
        try (LinearFixture f = new LinearFixture(true)) {
            NDArray x = f.input(X, 4, 3);
            float[] plain = f.forward(f.base, x, false).toFloatArray();
            LoraAdapter adapter = f.layer.addAdapter("a", LinearFixture.spec(2, 7, 0.5));
            f.context.active().setDefault(AdapterSelection.of("a"));
            assertThat(f.forward(f.layer, x, training).toFloatArray()).containsExactly(plain);
            LinearFixture.write(adapter.b(), NaiveLora.random(9, 5, 2));
            assertThat(f.forward(f.layer, x, training).toFloatArray()).isNotEqualTo(plain);
        }
    }

    @Test
    void inADisabledScopeTheBaseIsBackBitForBit() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            NDArray x = f.input(X, 4, 3);
            float[] plain = f.forward(f.base, x, false).toFloatArray();
            float[] adapted = f.forward(x).toFloatArray();
            try (var scope = f.context.active().use(AdapterSelection.none())) {
                assertThat(f.forward(x).toFloatArray()).containsExactly(plain);
            }
            assertThat(f.forward(x).toFloatArray()).containsExactly(adapted).isNotEqualTo(plain);
        }
    }

    @Test
    void threadsUseTheirOwnAdaptersAtOnce() throws Exception {
        try (LinearFixture f = new LinearFixture(true)) {
            List<float[]> expected = new ArrayList<>();
            NDArray x = f.input(X, 4, 3);
            for (int i = 0; i < 4; i++) {
                f.add("a" + i, LinearFixture.spec(2, 7, 0), 20 + 2 * i, 1);
                f.context.active().setDefault(AdapterSelection.of("a" + i));
                expected.add(f.forward(x).toFloatArray());
            }
            f.context.active().setDefault(AdapterSelection.none());
            ExecutorService pool = Executors.newFixedThreadPool(4);
            CyclicBarrier together = new CyclicBarrier(4);
            List<Future<List<float[]>>> runs = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                runs.add(pool.submit(serving(f, "a" + i, together)));
            }
            for (int i = 0; i < 4; i++) {
                for (float[] found : runs.get(i).get()) {
                    assertThat(found).containsExactly(expected.get(i));
                }
            }
            pool.shutdown();
            assertThat(expected.get(0)).isNotEqualTo(expected.get(1));
        }
    }

    private static Callable<List<float[]>> serving(
            LinearFixture f, String adapter, CyclicBarrier together) {
        return () -> {
            List<float[]> found = new ArrayList<>();
            together.await();
            for (int i = 0; i < 50; i++) {
                try (NDManager own = f.manager.newSubManager();
                        var scope = f.context.active().use(AdapterSelection.of(adapter))) {
                    NDArray x = own.create(NaiveLora.flat(X), new Shape(4, 3));
                    found.add(f.forward(x).toFloatArray());
                }
            }
            return found;
        };
    }

    @Test
    void servingRecordsNoGradientThoughAdapterAndBiasTrain() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.layer.addBiases("a");
            f.context.active().setDefault(AdapterSelection.of("a"));
            NDArray x = f.input(X, 4, 3);
            assertThat(Gradients.recorded(() -> f.forward(f.layer, x, true))).isTrue();
            assertThat(Gradients.recorded(() -> f.forward(f.layer, x, false))).isFalse();
        }
    }

    @Test
    void theDeltaIsScaledAndShapedAsTheWeight() {
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter adapter = f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            NaiveLora.Term term = f.control.terms.get(0);
            try (NDManager own = f.manager.newSubManager()) {
                NDArray delta = f.layer.delta(own, "a");
                assertThat(delta.getShape()).isEqualTo(f.layer.weightShape());
                assertThat(delta.getDataType()).isEqualTo(DataType.FLOAT32);
                assertThat(delta.getManager()).isSameAs(own);
                LinearFixture.assertClose(delta, NaiveLora.delta(term.a(), term.b(), 3.5));
            }
            assertThat(adapter.a().getArray().getShape()).isEqualTo(new Shape(2, 3));
            assertThat(adapter.b().getArray().getShape()).isEqualTo(new Shape(5, 2));
        }
    }

    @Test
    void anUnknownNameIsRefusedWithTheNamesThatAreKnown() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("first", LinearFixture.spec(2, 7, 0), 20, 1);
            assertThatThrownBy(() -> f.layer.delta(f.manager, "second"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(LinearFixture.PATH + " has no adapter \"second\"; it has [first]");
            assertThat(f.layer.adapter("second")).isEmpty();
            assertThat(f.layer.tensors("second")).isEmpty();
            f.layer.removeAdapter("second");
            assertThat(f.layer.adapterNames()).containsExactly("first");
        }
    }

    @Test
    void aTakenOrBlankNameAndARankOfZeroAreRefused() {
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter first = f.add("first", LinearFixture.spec(2, 7, 0), 20, 1);
            assertThatThrownBy(() -> f.layer.addAdapter("first", LinearFixture.spec(1, 1, 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(LinearFixture.PATH)
                    .hasMessageContaining("already has an adapter \"first\"");
            assertThat(f.layer.adapter("first")).containsSame(first);
            assertThatThrownBy(() -> f.layer.addAdapter(" ", LinearFixture.spec(1, 1, 0)))
                    .hasMessageContaining("needs a name");
            assertThatThrownBy(() -> LinearFixture.spec(0, 1, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("an adapter's rank must be at least 1, found 0");
            assertThatThrownBy(() -> LinearFixture.spec(1, 1, 1))
                    .hasMessageContaining("dropout must be at least 0 and less than 1, found 1");
            assertThatThrownBy(() -> LinearFixture.spec(1, Double.NaN, 0))
                    .hasMessageContaining("alpha must be a finite number");
        }
    }

    @Test
    void removingAnAdapterFreesItAndLeavesTheOthers() {
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter gone = f.add("gone", LinearFixture.spec(2, 7, 0), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("gone", "stays"));
            NDArray x = f.input(X, 4, 3);
            f.forward(x);
            NDArray a = gone.a().getArray();
            NDArray b = gone.b().getArray();
            f.control.terms.clear();
            f.add("stays", LinearFixture.spec(3, 1, 0), 30, 1);
            int before = f.manager.getManagedArrays().size();
            f.layer.removeAdapter("gone");
            assertThat(f.manager.getManagedArrays()).hasSize(before - 4); // A, B, a view of each
            assertThatThrownBy(a::toFloatArray).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(b::toFloatArray).isInstanceOf(IllegalStateException.class);
            assertThat(f.layer.adapterNames()).containsExactly("stays");
            assertThat(f.layer.getDirectParameters().keys())
                    .containsExactly("lora_A_stays", "lora_B_stays");
            LinearFixture.assertClose(f.forward(x), f.control.forward(X));
        }
    }

    @Test
    void forwardLeavesNothingButItsResult() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.add("b", LinearFixture.spec(2, 7, 0.5), 30, 1);
            f.context.active().setDefault(AdapterSelection.of("a", "b"));
            NDArray warm = f.input(X, 4, 3);
            f.forward(warm).close();
            for (boolean training : new boolean[] {true, false}) {
                int before = f.manager.getManagedArrays().size();
                NDArray y = f.forward(f.layer, warm, training);
                assertThat(f.manager.getManagedArrays()).hasSize(before + 1);
                assertThat(y.getManager()).isSameAs(warm.getManager());
                y.close();
            }
        }
    }

    @Test
    void tensorsHavePeftsSuffixesAndCanBeFrozen() {
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter adapter = f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            assertThat(f.layer.tensors("a"))
                    .containsExactly(
                            Map.entry("lora_A.weight", adapter.a()),
                            Map.entry("lora_B.weight", adapter.b()));
            assertThat(adapter.a().getArray().hasGradient()).isTrue();
            assertThat(adapter.b().getArray().hasGradient()).isTrue();
            f.layer.setTrainable("a", false);
            assertThat(adapter.a().getArray().hasGradient()).isFalse();
            assertThat(adapter.b().requiresGradient()).isFalse();
            f.layer.setTrainable("a", true);
            assertThat(adapter.b().getArray().hasGradient()).isTrue();
        }
    }

    @Test
    void itDescribesItselfAsTheLayerItStandsFor() {
        try (LinearFixture f = new LinearFixture(true)) {
            assertThat(f.layer.kind()).isEqualTo("Linear");
            assertThat(f.layer.path()).isEqualTo(LinearFixture.PATH);
            assertThat(f.layer.base()).isSameAs(f.base);
            assertThat(f.layer.context()).isSameAs(f.context);
            assertThat(f.layer.weightShape()).isEqualTo(new Shape(5, 3));
            assertThat(f.layer.getOutputShapes(new Shape[] {new Shape(2, 9, 3)}))
                    .containsExactly(new Shape(2, 9, 5));
            assertThat(f.layer.describeInput().values()).containsExactly(new Shape(-1, 3));
            assertThat(f.layer.isInitialized()).isTrue();
            f.layer.addAdapter("a", LinearFixture.spec(2, 7, 0));
            assertThat(f.layer.getParameters().keys())
                    .containsExactly("lora_A_a", "lora_B_a", "base_weight", "base_bias");
            float[] before = LinearFixture.bytes(f.base);
            f.layer.initialize(f.manager, DataType.FLOAT32, new Shape(1, 3));
            assertThat(LinearFixture.bytes(f.base)).containsExactly(before);
        }
    }

    @Test
    void trainingRefusesABaseThatSomethingUnfroze() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            NDArray x = f.input(X, 4, 3);
            f.base.freezeParameters(false);
            assertThatThrownBy(() -> f.forward(f.layer, x, true))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(LinearFixture.PATH)
                    .hasMessageContaining("the frozen weight asks for gradients");
            f.base.getParameters().get("weight").freeze(true);
            assertThatThrownBy(() -> f.forward(f.layer, x, true))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the frozen bias asks for gradients");
            f.base.getParameters().get("bias").freeze(true);
            f.forward(f.layer, x, true);
            f.base.freezeParameters(false);
            LinearFixture.assertClose(f.forward(x), f.control.forward(X));
        }
    }

    @Test
    void aBaseThatIsNotInitialisedIsRefused() {
        Linear bare = Linear.builder().setUnits(2).build();
        assertThatThrownBy(
                        () -> new LoraLinear("head", bare, LoraContext.of(new NdArrayKernels(), 0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("head is not initialised");
    }
}
