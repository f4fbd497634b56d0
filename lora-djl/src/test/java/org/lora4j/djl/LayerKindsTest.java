/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Bias;

/** What every kind of layer does in a tree: named adapters, merging, state, files. */
final class LayerKindsTest {
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @EnumSource
    void adaptersAreAddedWeighedDisabledAndRemoved(LayerKind kind) {
        SequentialBlock tree = kind.tree(manager);
        NDArray x = kind.input(manager);
        float[] base = layer(tree, x);
        Injection first = Lora.inject(tree, kind.config().build(), "first");
        AdaptedLayer layer = first.layers().get(0);
        assertThat(layer.path()).isEqualTo(kind.target);
        assertThat(layer.kind()).isEqualTo(kind.shown);
        assertThat(layer(tree, x)).isEqualTo(base);
        Trees.disturb(layer, "first");
        float[] withFirst = layer(tree, x);
        Lora.inject(tree, kind.config().setRank(4).setAlpha(3).optRslora(true).build(), "second");
        assertThat(layer(tree, x)).isEqualTo(base);
        Trees.disturb(layer, "second");
        float[] withSecond = layer(tree, x);
        assertThat(withFirst).isNotEqualTo(base);
        assertThat(withSecond).isNotEqualTo(base).isNotEqualTo(withFirst);
        Map<String, Double> weights = new LinkedHashMap<>();
        weights.put("first", 0.5);
        weights.put("second", -2.0);
        float[] sum = base.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += 0.5f * (withFirst[i] - base[i]) - 2f * (withSecond[i] - base[i]);
        }
        var active = first.context().active();
        try (var scope = active.use(new AdapterSelection(weights))) {
            assertClose(layer(tree, x), sum);
            layer.merge();
            assertThat(layer.isMerged()).isTrue();
            assertClose(layer(tree, x), sum);
            try (var none = active.use(AdapterSelection.none())) {
                assertThat(layer(tree, x)).isEqualTo(base);
            }
        }
        layer.removeAdapter("second");
        assertThat(layer.isMerged()).isFalse();
        assertThat(layer(tree, x)).isEqualTo(base);
        try (var scope = active.use(AdapterSelection.of("first"))) {
            assertThat(layer(tree, x)).isEqualTo(withFirst);
        }
        Lora.eject(tree);
        assertThat(BlockTree.hosts(tree)).isEmpty();
        assertThat(layer(tree, x)).isEqualTo(base);
    }

    @ParameterizedTest
    @EnumSource
    void rsLoraScalesByTheRootOfTheRank(LayerKind kind) {
        SequentialBlock tree = kind.tree(manager);
        NDArray x = kind.input(manager);
        float[] base = layer(tree, x);
        Injection plain = Lora.inject(tree, kind.config().setRank(4).build(), "plain");
        Trees.disturb(plain.layers().get(0), "plain");
        float[] once = layer(tree, x);
        Injection rs = Lora.inject(tree, kind.config().setRank(4).optRslora(true).build(), "rs");
        Trees.disturb(rs.layers().get(0), "rs");
        float[] expected = base.clone();
        for (int i = 0; i < expected.length; i++) {
            expected[i] += 2 * (once[i] - base[i]); // alpha/2 against alpha/4
        }
        assertClose(layer(tree, x), expected);
    }

    @ParameterizedTest
    @EnumSource
    void dropoutActsInTrainingAloneAndNotOnIds(LayerKind kind) {
        SequentialBlock tree = kind.tree(manager);
        NDArray x = kind.input(manager);
        Injection injection = Lora.inject(tree, kind.config().optDropout(0.5).build());
        AdaptedLayer layer = injection.layers().get(0);
        Trees.disturb(layer, "default");
        float[] serving = run(layer, x, false);
        float[] training = run(layer, x, true);
        if (kind.takesIds()) {
            assertThat(training).isEqualTo(serving);
        } else {
            assertThat(training).isNotEqualTo(serving);
            assertThat(run(layer, x, true)).isNotEqualTo(training); // another mask in each call
        }
    }

    @ParameterizedTest
    @EnumSource
    void mergingLeavesW0AndUnloadingLeavesPlainBlocks(LayerKind kind) {
        SequentialBlock tree = kind.tree(manager);
        NDArray x = kind.input(manager);
        Injection injection = Lora.inject(tree, kind.config().build());
        AdaptedLayer layer = injection.layers().get(0);
        Class<?> plain = layer.base().getClass();
        Map<String, float[]> before = Trees.values(tree);
        Trees.disturb(layer, "default");
        float[] adapted = layer(tree, x);
        float[] whole = Trees.forward(tree, x);
        injection.merge();
        assertClose(layer(tree, x), adapted);
        Trees.assertSame(Trees.values(tree), before);
        injection.unmerge();
        assertThat(layer(tree, x)).isEqualTo(adapted);
        float[] delta;
        try (NDArray found = layer.delta(manager, "default")) {
            assertThat(found.getShape()).isEqualTo(layer.weightShape());
            delta = found.toFloatArray();
        }
        float[] w = layer.weight().toFloatArray();
        Lora.mergeAndUnload(tree);
        assertThat(BlockTree.hosts(tree)).isEmpty();
        assertThat(BlockTree.walk(tree)).anyMatch(node -> node.block().getClass() == plain);
        assertClose(layer(tree, x), adapted);
        assertClose(Trees.forward(tree, x), whole);
        for (int i = 0; i < w.length; i++) {
            w[i] += delta[i];
        }
        assertClose(Trees.values(tree).values().iterator().next(), w);
    }

    @ParameterizedTest
    @EnumSource
    void theStateHasLoralibsNames(LayerKind kind) {
        SequentialBlock tree = kind.tree(manager);
        NDArray x = kind.input(manager);
        Injection injection = Lora.inject(tree, kind.config().build());
        Trees.disturb(injection.layers().get(0), "default");
        float[] adapted = layer(tree, x);
        NDList state = Lora.loraStateDict(tree, Bias.NONE);
        assertThat(state)
                .extracting(NDArray::getName)
                .containsExactly(kind.target + ".lora_A", kind.target + ".lora_B");
        Lora.eject(tree);
        Lora.inject(tree, kind.config().build());
        assertThat(layer(tree, x)).isNotEqualTo(adapted);
        assertThat(Lora.loadLoraStateDict(tree, state, Bias.NONE).isComplete()).isTrue();
        assertThat(layer(tree, x)).isEqualTo(adapted);
    }

    @ParameterizedTest
    @EnumSource
    void aModelIsSavedAndLoadedWithItsAdaptersOrWithoutThem(LayerKind kind, @TempDir Path folder)
            throws Exception {
        float[] adapted;
        float[] base;
        NDArray x = kind.input(manager);
        try (Model model = Model.newInstance("m")) {
            SequentialBlock tree = kind.tree(manager);
            model.setBlock(tree);
            model.save(folder, "base");
            base = layer(tree, x);
            Injection injection = Lora.inject(model, kind.config().build());
            Trees.disturb(injection.layers().get(0), "default");
            adapted = layer(tree, x);
            model.save(folder, "adapted");
        }
        assertThat(adapted).isNotEqualTo(base);
        try (Model model = Model.newInstance("m")) {
            SequentialBlock tree = kind.tree(model.getNDManager());
            model.setBlock(tree);
            Lora.inject(model, kind.config().build());
            model.load(folder, "adapted");
            assertThat(layer(tree, x)).isEqualTo(adapted);
            assertThat(Trees.trained(tree)).hasSize(2);
            Lora.eject(tree);
            assertThat(layer(tree, x)).isEqualTo(base);
        }
        try (Model model = Model.newInstance("m")) {
            SequentialBlock tree = kind.tree(model.getNDManager());
            model.setBlock(tree);
            Lora.inject(model, kind.config().build());
            model.load(folder, "base");
            assertThat(layer(tree, x)).isEqualTo(base);
            assertThat(Trees.trained(tree)).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPassLeavesNothingBehind(LayerKind kind) {
        SequentialBlock tree = kind.tree(manager);
        Injection injection = Lora.inject(tree, kind.config().build());
        AdaptedLayer layer = injection.layers().get(0);
        Trees.disturb(layer, "default");
        int before = manager.getManagedArrays().size();
        for (int i = 0; i < 3; i++) {
            try (NDManager step = manager.newSubManager()) {
                NDArray x = kind.input(step);
                ParameterStore store = new ParameterStore(step, false);
                layer.forward(store, new NDList(x), true).close();
                layer.forward(store, new NDList(x), false).close();
                int kept = step.getManagedArrays().size();
                layer.forward(store, new NDList(x), true).close();
                layer.forward(store, new NDList(x), false).close();
                assertThat(step.getManagedArrays()).hasSize(kept);
                layer.delta(step, "default");
            }
            injection.merge();
            injection.unmerge();
            // the views through which threads that serve see A and B are made once
            before = i == 0 ? manager.getManagedArrays().size() : before;
            assertThat(manager.getManagedArrays()).hasSize(before);
        }
    }

    /** What the tree's first child gives. */
    private static float[] layer(SequentialBlock tree, NDArray x) {
        return Trees.forward(tree.getChildren().valueAt(0), x);
    }

    private float[] run(AdaptedLayer layer, NDArray x, boolean training) {
        return layer.forward(new ParameterStore(manager, false), new NDList(x), training)
                .singletonOrThrow()
                .toFloatArray();
    }

    private static void assertClose(float[] found, float[] expected) {
        assertThat(found).containsExactly(expected, within(2e-5f));
    }
}
