/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Optimizers;
import org.lora4j.torch.Torch;

/** loralib's merging on eval(), without its writing into W0. */
final class MergeOnInferenceTest {
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @EnumSource
    void inferenceRunsOnAMergedWeightThatFollowsAAndB(LayerKind kind) {
        SequentialBlock tree = kind.tree(manager);
        NDArray x = kind.input(manager);
        float[] base = forward(tree, x);
        Injection plain = Lora.inject(tree, kind.config().build(), "plain");
        Trees.disturb(plain.layers().get(0), "plain");
        float[] expected = forward(tree, x);
        AdaptedLayer layer = plain.layers().get(0);
        assertThat(layer.isMerged()).isFalse();
        Map<String, float[]> before = Trees.values(tree);
        Injection merging =
                Lora.inject(tree, kind.config().optMergeOnInference(true).build(), "merging");
        Trees.disturb(layer, "merging");
        assertClose(forward(tree, x), expected);
        assertThat(layer.isMerged()).isTrue();
        Trees.assertSame(Trees.values(tree), before);
        // a write into A or B that no pass through the layer announces
        NDArray b = layer.adapter("merging").orElseThrow().b().getArray();
        Torch.copyInto(b, b.zerosLike());
        assertThat(forward(tree, x)).isEqualTo(base);
        try (var scope = merging.context().active().use(AdapterSelection.of("plain"))) {
            assertThat(forward(tree, x)).isEqualTo(expected);
        }
        try (var scope = merging.context().active().use(AdapterSelection.none())) {
            assertThat(forward(tree, x)).isEqualTo(base);
        }
        Trees.assertSame(Trees.values(tree), before);
    }

    @ParameterizedTest
    @EnumSource
    void trainingIsUnmergedAndAStepIsSeen(LayerKind kind) {
        SequentialBlock tree = kind.tree(manager);
        NDArray x = kind.input(manager);
        Injection injection =
                Lora.inject(tree, kind.config().optMergeOnInference(true).build(), "default");
        AdaptedLayer layer = injection.layers().get(0);
        Trees.disturb(layer, "default");
        float[] old = forward(tree, x);
        LoraAdapter adapter = layer.adapter("default").orElseThrow();
        NDList pair = new NDList(adapter.a().getArray(), adapter.b().getArray());
        try (GradMode on = GradMode.on()) {
            NDArray out =
                    layer.forward(new ParameterStore(manager, false), new NDList(x), true).head();
            assertThat(layer.isMerged()).isFalse();
            NDList gradients = Autograd.gradients(out.square().sum(), pair);
            assertThat(gradients).allMatch(g -> g.abs().sum().getFloat() > 0);
            // between the pass and the step somebody looks
            assertClose(forward(tree, x), old);
            Optimizers.sgd(pair, gradients, 0.001);
        }
        float[] now = forward(tree, x);
        assertThat(now).isNotEqualTo(old);
        assertThat(layer.isMerged()).isTrue();
        layer.unmerge();
        assertClose(forward(tree, x), now);
    }

    @ParameterizedTest
    @EnumSource(names = {"LINEAR", "CONV2D"})
    void manyThreadsMergeOnceAndAreRight(LayerKind kind) throws Exception {
        SequentialBlock tree = kind.tree(manager);
        NDArray x = kind.input(manager);
        Injection injection = Lora.inject(tree, kind.config().optMergeOnInference(true).build());
        Trees.disturb(injection.layers().get(0), "default");
        float[] expected = forward(tree, x);
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<?>> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            readers.add(
                    pool.submit(
                            () -> {
                                for (int j = 0; j < 20; j++) {
                                    injection.unmerge();
                                    try (NDManager own = manager.newSubManager()) {
                                        assertClose(forward(tree, kind.input(own)), expected);
                                    }
                                }
                            }));
        }
        pool.shutdown();
        for (Future<?> reader : readers) {
            reader.get();
        }
    }

    /** What the tree's first child gives. */
    private static float[] forward(SequentialBlock tree, NDArray x) {
        return Trees.forward(tree.getChildren().valueAt(0), x);
    }

    private static void assertClose(float[] found, float[] expected) {
        assertThat(found).containsExactly(expected, within(2e-5f));
    }
}
