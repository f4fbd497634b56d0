/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.layer.LoraLinear;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.torch.Torch;

final class InjectionTest {
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void anMlpIsAdaptedAndUnchangedUntilBIs() {
        SequentialBlock mlp = Trees.mlp(manager);
        NDArray x = Trees.input(manager, 4, 3);
        float[] plain = Trees.forward(mlp, x);
        Injection injection = Lora.inject(mlp, Trees.config("all-linear").build());
        assertThat(injection.layers())
                .extracting(AdaptedLayer::path)
                .containsExactly("01Linear", "03Linear");
        assertThat(injection.parameterCount()).isEqualTo(2 * (3 + 7) + 2 * (7 + 5));
        assertThat(Trees.forward(mlp, x)).isEqualTo(plain);
        for (AdaptedLayer layer : injection.layers()) {
            float[] before = Trees.forward(mlp, x);
            Trees.disturb(layer, "default");
            assertThat(Trees.forward(mlp, x)).isNotEqualTo(before);
        }
        injection.merge();
        assertThat(injection.layers()).allMatch(AdaptedLayer::isMerged);
        injection.unmerge();
        assertThat(injection.layers()).noneMatch(AdaptedLayer::isMerged);
        assertThat(mlp.getChildren().keys())
                .containsExactly("01Linear", "02LambdaBlock", "03Linear");
    }

    @Test
    void theTableShowsEveryModuleAndTheTotal() {
        SequentialBlock mlp = Trees.mlp(manager);
        Injection injection =
                Lora.inject(mlp, Trees.config("01Linear").optModulesToSave("03Linear").build());
        assertThat(injection.table())
                .isEqualTo(
                        """
                        module    kind           weight  rank  scaling  parameters
                        01Linear  Linear            7x3     2    3.000          20
                        03Linear  trained whole                                 35
                        total                                                   55
                        """);
        assertThat(injection).hasToString(injection.table());
        Lora.eject(mlp);
        assertThat(injection.table()).contains("total").doesNotContain("7x3");
    }

    @Test
    void aMergeBesideTheWeightsThatIsNotFiniteIsRefusedByTheLayersPath() {
        SequentialBlock mlp = Trees.mlp(manager);
        NDArray x = Trees.input(manager, 4, 3);
        Injection injection = Lora.inject(mlp, Trees.config("all-linear").build());
        injection.layers().forEach(layer -> Trees.disturb(layer, "default"));
        float[] unmerged = Trees.forward(mlp, x);
        AdaptedLayer last = injection.layers().get(1);
        NDArray b = last.adapter("default").orElseThrow().b().getArray();
        try (NDArray kept = b.duplicate()) {
            for (float broken : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                try (NDArray one = manager.full(b.getShape(), broken)) {
                    Torch.copyInto(b, one);
                }
                assertThatThrownBy(injection::merge)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(
                                "03Linear cannot be merged: the adapter's matrices have NaN or"
                                        + " infinite values");
                assertThat(injection.layers()).noneMatch(AdaptedLayer::isMerged);
            }
            Torch.copyInto(b, kept);
        }
        assertThat(Trees.forward(mlp, x)).isEqualTo(unmerged);
        NDArray weight = injection.layers().get(0).weight();
        try (NDArray one = manager.full(weight.getShape(), Float.NaN)) {
            Torch.copyInto(weight, one);
        }
        assertThatThrownBy(injection::merge)
                .hasMessageContaining("01Linear cannot be merged: the base's weight is NaN");
    }

    @Test
    void aMergeAtInferenceThatIsNotFiniteIsRefusedByTheLayersPath() {
        SequentialBlock mlp = Trees.mlp(manager);
        NDArray x = Trees.input(manager, 4, 3);
        Injection injection =
                Lora.inject(mlp, Trees.config("03Linear").optMergeOnInference(true).build());
        NDArray b = injection.layers().get(0).adapter("default").orElseThrow().b().getArray();
        try (NDArray one = manager.full(b.getShape(), 3e38f)) {
            Torch.copyInto(b, one);
        }
        NDArray a = injection.layers().get(0).adapter("default").orElseThrow().a().getArray();
        try (NDArray one = manager.full(a.getShape(), 2f)) {
            Torch.copyInto(a, one);
        }
        assertThatThrownBy(() -> Trees.forward(mlp, x))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(
                        "03Linear cannot be merged: the sum of the weight and the adapter's update"
                                + " is beyond the range of float32");
    }

    @Test
    void aNameThatMatchesNothingIsRefusedWithNearOnes() {
        SequentialBlock mlp = Trees.mlp(manager);
        assertThatThrownBy(() -> Lora.inject(mlp, Trees.config("01Linaer").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("01Linaer")
                .hasMessageContaining("01Linear");
        assertThat(BlockTree.hosts(mlp)).isEmpty();
    }

    @Test
    void aRootThatIsOneLinearIsRefusedWithWhatToDo() {
        Linear linear = Linear.builder().setUnits(2).build();
        linear.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        assertThatThrownBy(() -> Lora.inject(linear, Trees.config("all-linear").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the model is a single Linear")
                .hasMessageContaining("new SequentialBlock().add(layer)");
        Words words = new Words(Trees.input(manager, 7, 4));
        assertThatThrownBy(() -> Lora.inject(words, Trees.config("regex:.*").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the model is a single Words");
    }

    @Test
    void aModuleThatIsNoLinearIsRefusedAndNothingChanges() {
        SequentialBlock mlp = Trees.mlp(manager);
        assertThatThrownBy(() -> Lora.inject(mlp, Trees.config("01Linear", "LambdaBlock").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("LambdaBlock is a LambdaBlock, which LoRA cannot adapt")
                .hasMessageContaining("optModulesToSave");
        assertThat(BlockTree.hosts(mlp)).isEmpty();
        assertThat(Trees.trained(mlp)).hasSize(3);
    }

    @Test
    void aTreeThatIsNotInitialisedIsRefusedAndNothingChanges() {
        SequentialBlock mlp = Trees.mlp();
        assertThatThrownBy(() -> Lora.inject(mlp, Trees.config("01Linear").build()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("01Linear is not initialised: weight has no array");
        assertThat(BlockTree.hosts(mlp)).isEmpty();
        assertThat(Trees.trained(mlp)).hasSize(3);
    }

    @Test
    void aSecondAdapterStandsBesideTheFirstAndATakenNameIsRefused() {
        SequentialBlock mlp = Trees.mlp(manager);
        NDArray x = Trees.input(manager, 4, 3);
        float[] plain = Trees.forward(mlp, x);
        Injection first = Lora.inject(mlp, Trees.config("01Linear").build(), "first");
        Trees.disturb(first.layers().get(0), "first");
        float[] withFirst = Trees.forward(mlp, x);
        LoraConfig wide = Trees.config("all-linear").setRank(3).build();
        Injection second = Lora.inject(mlp, wide, "second");
        assertThat(second.context()).isSameAs(first.context());
        assertThat(second.layers().get(0)).isSameAs(first.layers().get(0));
        assertThat(second.layers().get(0).adapterNames()).containsExactly("first", "second");
        assertThat(Trees.forward(mlp, x)).isEqualTo(plain);
        assertThat(Trees.trained(mlp)).hasSize(4).allMatch(name -> name.endsWith("_second"));
        try (var scope = second.context().active().use(AdapterSelection.of("first"))) {
            assertThat(Trees.forward(mlp, x)).isEqualTo(withFirst).isNotEqualTo(plain);
        }
        assertThatThrownBy(() -> Lora.inject(mlp, wide, "first"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("01Linear already has an adapter \"first\"");
        assertThat(second.context().active().getDefault()).isEqualTo(AdapterSelection.of("second"));
    }

    @Test
    void ejectingRestoresTheSameObjectsAndFreesTheAdapters() {
        SequentialBlock mlp = Trees.mlp(manager);
        List<Block> children = mlp.getChildren().values();
        NDArray x = Trees.input(manager, 4, 3);
        float[] plain = Trees.forward(mlp, x);
        Map<String, float[]> before = Trees.values(mlp);
        int arrays = manager.getManagedArrays().size();
        Injection injection =
                Lora.inject(mlp, Trees.config("01Linear").optModulesToSave("03Linear").build());
        Trees.disturb(injection.layers().get(0), "default");
        injection.merge();
        Lora.eject(mlp);
        assertThat(mlp.getChildren().values()).isEqualTo(children);
        for (int i = 0; i < children.size(); i++) {
            assertThat(mlp.getChildren().valueAt(i)).isSameAs(children.get(i));
        }
        Trees.assertSame(Trees.values(mlp), before);
        assertThat(manager.getManagedArrays()).hasSize(arrays);
        assertThat(Trees.forward(mlp, x)).isEqualTo(plain);
        assertThat(BlockTree.hosts(mlp)).isEmpty();
        Lora.inject(mlp, Trees.config("01Linear").build());
    }

    @Test
    void markingChoosesWhatTrains() {
        SequentialBlock mlp = Trees.mlp(manager);
        mlp.add(ai.djl.nn.norm.LayerNorm.builder().build());
        mlp.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        assertThatThrownBy(() -> Lora.markOnlyLoraAsTrainable(mlp, Bias.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("call Lora.inject first");
        Lora.inject(mlp, Trees.config("03Linear").build());
        assertThat(Trees.trained(mlp)).containsExactly("03Linear_lora_A", "03Linear_lora_B");
        Lora.markOnlyLoraAsTrainable(mlp, Bias.ALL);
        assertThat(Trees.trained(mlp))
                .containsExactlyInAnyOrder(
                        "03Linear_lora_A",
                        "03Linear_lora_B",
                        "01Linear_bias@default",
                        "04LayerNorm_beta@default");
        Lora.markOnlyLoraAsTrainable(mlp, Bias.LORA_ONLY);
        assertThat(Trees.trained(mlp)).containsExactly("03Linear_lora_A", "03Linear_lora_B");
        Lora.eject(mlp);
        Lora.inject(mlp, Trees.config("01Linear").optBias(Bias.LORA_ONLY).build());
        assertThat(Trees.trained(mlp))
                .containsExactlyInAnyOrder(
                        "01Linear_lora_A", "01Linear_lora_B", "01Linear_bias@default");
    }

    @Test
    void modulesThatTrainWholeKeepTheirOriginalBiasFrozen() {
        SequentialBlock mlp = Trees.mlp(manager);
        Lora.inject(
                mlp,
                Trees.config("03Linear").optModulesToSave("01Linear").optBias(Bias.ALL).build());
        assertThat(Trees.trained(mlp))
                .containsExactlyInAnyOrder(
                        "01Linear_weight@default",
                        "01Linear_bias@default",
                        "03Linear_lora_A",
                        "03Linear_lora_B");
    }

    @Test
    void aModuleWithAdaptedLayersCannotAlsoTrainWhole() {
        SequentialBlock mlp = new SequentialBlock().add(Trees.mlp()).add(Trees.mlp());
        mlp.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        Lora.inject(mlp, Trees.config("01SequentialBlock.01Linear").build(), "first");
        assertThatThrownBy(
                        () ->
                                Lora.inject(
                                        mlp,
                                        Trees.config("03Linear")
                                                .optModulesToSave("01SequentialBlock")
                                                .build(),
                                        "second"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds adapted layers [01SequentialBlock.01Linear]");
        assertThat(BlockTree.hosts(mlp)).hasSize(1);
    }

    @Test
    void mergingAndUnloadingLeavesPlainLayersThatComputeTheSame() {
        SequentialBlock mlp = Trees.mlp(manager);
        NDArray x = Trees.input(manager, 4, 3);
        float[] plain = Trees.forward(mlp, x);
        List<String> trained = Trees.trained(mlp);
        Injection injection =
                Lora.inject(mlp, Trees.config("01Linear").optModulesToSave("03Linear").build());
        injection.hosts().forEach(host -> Trees.disturb(host, "default"));
        float[] adapted = Trees.forward(mlp, x);
        Lora.mergeAndUnload(mlp);
        assertThat(BlockTree.hosts(mlp)).isEmpty();
        assertThat(mlp.getChildren().valueAt(0)).isExactlyInstanceOf(Linear.class);
        assertThat(Trees.forward(mlp, x))
                .containsExactly(adapted, org.assertj.core.api.Assertions.within(1e-5f))
                .isNotEqualTo(plain);
        for (int i = 0; i < 3; i++) {
            System.gc(); // merged arrays must not lie in memory that goes
        }
        assertThat(Trees.forward(mlp, x))
                .containsExactly(adapted, org.assertj.core.api.Assertions.within(1e-5f));
        assertThat(Trees.trained(mlp)).isEqualTo(trained);
    }

    @Test
    void aWeightTiedToAnotherModuleOutlivesTheMerge() {
        Linear one = Linear.builder().setUnits(3).optBias(false).build();
        one.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        NDArray weight = one.getParameters().get("weight").getArray();
        Linear tied = Linear.builder().setUnits(3).optBias(false).build();
        tied.getParameters().get("weight").setArray(weight);
        tied.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        SequentialBlock tree = new SequentialBlock().add(one).add(tied);
        NDArray x = Trees.input(manager, 4, 3);
        Lora.inject(tree, Trees.config("01Linear").build());
        float[] adapted = Trees.forward(tree, x);
        Lora.mergeAndUnload(tree);
        assertThat(Trees.forward(tree, x)).isEqualTo(adapted);
        Lora.inject(tree, Trees.config("all-linear").build());
        Lora.mergeAndUnload(tree);
        assertThat(Trees.forward(tree, x)).isEqualTo(adapted);
        assertThatThrownBy(weight::toFloatArray).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void candidatesAreTheModulesByPath() {
        SequentialBlock mlp = Trees.mlp(manager);
        Lora.inject(mlp, Trees.config("01Linear").build());
        assertThat(Lora.candidates(mlp))
                .extracting(candidate -> candidate.path() + ":" + candidate.linear())
                .containsExactly(":false", "01Linear:true", "LambdaBlock:false", "03Linear:true");
        assertThat(mlp.getChildren().valueAt(0)).isInstanceOf(LoraLinear.class);
    }
}
