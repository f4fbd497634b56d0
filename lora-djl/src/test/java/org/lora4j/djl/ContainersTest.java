/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import ai.djl.util.PairList;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.layer.SubstitutedWeight;

/**
 * Blocks that keep two Linear children a second time, where no list of children shows them, and run
 * these: each layer that is listed as adapted changes the output.
 */
final class ContainersTest {
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    record Two(Linear first, Linear second) {}

    record Deep(String name, Optional<Two> two, int number) {}

    static final class Helper {
        private final Two two;
        private final Helper itself;

        Helper(Two two) {
            this.two = two;
            this.itself = this;
        }

        List<Linear> layers() {
            return List.of(itself.two.first, two.second);
        }
    }

    static class Base {
        private final Linear inherited;

        Base(Linear inherited) {
            this.inherited = inherited;
        }
    }

    static final class Derived extends Base {
        private final Linear own;

        Derived(Linear inherited, Linear own) {
            super(inherited);
            this.own = own;
        }
    }

    /** How the layers are kept, and how they are found there again. */
    enum Kind {
        LIST_OF_LISTS(two -> List.of(List.of(two.first()), List.of(two.second())), Kind::flat),
        MUTABLE_LISTS(
                two ->
                        new ArrayList<>(
                                List.of(new ArrayList<>(List.of(two.first(), two.second())))),
                Kind::flat),
        SET(two -> new LinkedHashSet<>(List.of(two.first(), two.second())), Kind::flat),
        FIXED_SET(two -> Set.of(two.first()), kept -> List.copyOf((Set<?>) kept)),
        QUEUE(two -> new ArrayDeque<>(List.of(two.first(), two.second())), Kind::flat),
        OPTIONAL(
                two -> Optional.of(two.first()),
                kept -> List.of(((Optional<?>) kept).orElseThrow())),
        RECORD(two -> two, kept -> List.of(((Two) kept).first(), ((Two) kept).second())),
        RECORD_IN_RECORD(
                two -> new Deep("deep", Optional.of(two), 3),
                kept -> {
                    Two two = ((Deep) kept).two().orElseThrow();
                    return List.of(two.first(), two.second());
                }),
        MAP_OF_LISTS(
                two -> new HashMap<>(Map.of("layers", List.of(two.first(), two.second()))),
                kept -> flat(((Map<?, ?>) kept).values())),
        MAP_BY_LAYER(
                two -> Map.of(two.first(), "first"),
                kept -> List.copyOf(((Map<?, ?>) kept).keySet())),
        PAIR_LIST(
                two -> {
                    PairList<String, Linear> pairs = new PairList<>();
                    pairs.add("first", two.first());
                    pairs.add("second", two.second());
                    return pairs;
                },
                kept -> {
                    List<Object> layers = new ArrayList<>();
                    for (Pair<?, ?> pair : (PairList<?, ?>) kept) {
                        layers.add(pair.getValue());
                    }
                    return layers;
                }),
        ARRAY_OF_ARRAYS(
                two -> new Linear[][] {{two.first()}, {two.second()}},
                kept -> List.of(((Linear[][]) kept)[0][0], ((Linear[][]) kept)[1][0])),
        REFERENCE(
                two -> new AtomicReference<>(two.first()),
                kept -> List.of(((AtomicReference<?>) kept).get())),
        HELPER(Helper::new, kept -> List.copyOf(((Helper) kept).layers())),
        SUPERCLASS_OF_A_HELPER(
                two -> new Derived(two.first(), two.second()),
                kept -> List.of(((Base) kept).inherited, ((Derived) kept).own)),
        UNLISTED_BLOCK(
                two -> new SequentialBlock().add(two.first()).add(two.second()),
                kept -> List.copyOf(((SequentialBlock) kept).getChildren().values()));

        private final Function<Two, Object> keep;
        private final Function<Object, List<?>> find;

        Kind(Function<Two, Object> keep, Function<Object, List<?>> find) {
            this.keep = keep;
            this.find = find;
        }

        private static List<?> flat(Object kept) {
            List<Object> all = new ArrayList<>();
            for (Object each : (Collection<?>) kept) {
                all.addAll(each instanceof Collection<?> more ? flat(more) : List.of(each));
            }
            return all;
        }
    }

    /** A block with two children, which runs those that its function gives. */
    private static final class Keeping extends AbstractBlock {
        private final Object kept;
        private final Function<Object, List<?>> find;

        Keeping(Function<Two, Object> keep, Function<Object, List<?>> find) {
            Linear first = addChildBlock("first", Linear.builder().setUnits(6).build());
            Linear second = addChildBlock("second", Linear.builder().setUnits(6).build());
            this.kept = keep.apply(new Two(first, second));
            this.find = find;
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            NDList x = inputs;
            for (Object layer : find.apply(kept)) {
                x = ((Block) layer).forward(store, x, training);
            }
            return x;
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return inputs;
        }

        @Override
        protected void initializeChildBlocks(
                NDManager manager, DataType dataType, Shape... inputs) {
            getChildren().values().forEach(child -> child.initialize(manager, dataType, inputs));
        }
    }

    private SequentialBlock tree(Function<Two, Object> keep, Function<Object, List<?>> find) {
        SequentialBlock tree =
                new SequentialBlock()
                        .add(new Keeping(keep, find))
                        .add(Linear.builder().setUnits(2).build());
        tree.initialize(manager, DataType.FLOAT32, new Shape(4, 6));
        return tree;
    }

    @ParameterizedTest
    @EnumSource
    void eachLayerThatIsListedActs(Kind kind) {
        SequentialBlock tree = tree(kind.keep, kind.find);
        tree.freezeParameters(true);
        NDArray x = Trees.input(manager, 4, 6);
        float[] plain = Trees.forward(tree, x);
        int run = kind.find.apply(((Keeping) tree.getChildren().valueAt(0)).kept).size();
        Injection injection = Lora.inject(tree, Trees.config("all-linear").build());
        assertThat(injection.layers()).hasSize(3);
        assertThat(Trees.forward(tree, x)).isEqualTo(plain);
        int acting = 0;
        for (AdaptedLayer layer : injection.layers()) {
            float[] before = Trees.forward(tree, x);
            Trees.disturb(layer, "default");
            boolean acts = !java.util.Arrays.equals(Trees.forward(tree, x), before);
            assertThat(acts).as(layer.path()).isEqualTo(layer.isCalled());
            acting += acts ? 1 : 0;
        }
        assertThat(acting).isEqualTo(run + 1);
        Lora.eject(tree);
        assertThat(Trees.forward(tree, x)).isEqualTo(plain);
    }

    /** What a lambda has captured cannot be replaced: the weights are substituted. */
    @Test
    void layersThatALambdaHasCapturedAreSubstituted() {
        SequentialBlock tree =
                tree(
                        two -> (UnaryOperator<Object>) ignored -> two,
                        kept -> {
                            Two two = (Two) ((UnaryOperator<?>) kept).apply(null);
                            return List.of(two.first(), two.second());
                        });
        Injection injection = Lora.inject(tree, Trees.config("all-linear").build());
        assertEachLayerActs(tree, injection);
        assertThat(injection.table())
                .doesNotContain("never called")
                .contains("Keeping.first   Linear, substituted");
    }

    private void assertEachLayerActs(SequentialBlock tree, Injection injection) {
        NDArray x = Trees.input(manager, 4, 6);
        for (AdaptedLayer layer : injection.layers()) {
            float[] before = Trees.forward(tree, x);
            Trees.disturb(layer, "default");
            assertThat(Trees.forward(tree, x)).as(layer.path()).isNotEqualTo(before);
        }
    }

    record Checked(Linear layer) {
        Checked {
            if (layer.getClass() != Linear.class) {
                throw new IllegalArgumentException("plain layers only");
            }
        }
    }

    @Test
    void theLayersOfARecordThatCannotBeMadeAnewAreSubstituted() {
        SequentialBlock tree =
                tree(two -> new Checked(two.first()), kept -> List.of(((Checked) kept).layer()));
        tree.freezeParameters(true);
        float[] plain = Trees.forward(tree, Trees.input(manager, 4, 6));
        Injection injection = Lora.inject(tree, Trees.config("Keeping.first").build());
        assertThat(injection.layers()).singleElement().isInstanceOf(SubstitutedWeight.class);
        assertEachLayerActs(tree, injection);
        Lora.eject(tree);
        assertThat(Trees.forward(tree, Trees.input(manager, 4, 6))).isEqualTo(plain);
    }
}
