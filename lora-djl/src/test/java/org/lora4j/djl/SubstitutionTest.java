/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lora4j.djl.BlockBytes.bytes;
import static org.lora4j.djl.BlockBytes.load;
import static org.lora4j.djl.BlockBytes.saved;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.util.PairList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.layer.SubstitutionFrame;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.torch.Torch;

/** Weights that are substituted, in every kind of model that needs it. */
final class SubstitutionTest {
    private final NDManager manager = NDManager.newBaseManager();
    private @TempDir Path directory;

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @EnumSource
    void newAdaptersChangeNoBit(SubstitutedKind kind) {
        Model model = model(kind, DataType.FLOAT32);
        model.getBlock().freezeParameters(true);
        byte[] plain = output(kind, model.getBlock());
        Injection injection = Lora.inject(model, config(kind));
        assertThat(injection.layers()).hasOnlyElementsOfType(SubstitutedWeight.class);
        assertThat(injection.layers().stream().map(AdaptedLayer::path))
                .containsExactlyElementsOf(kind.targets());
        assertThat(output(kind, model.getBlock())).isEqualTo(plain);
        for (AdaptedLayer layer : injection.layers()) {
            byte[] before = output(kind, model.getBlock());
            Trees.disturb(layer, "default");
            assertThat(output(kind, model.getBlock())).isNotEqualTo(before);
        }
    }

    @ParameterizedTest
    @EnumSource
    void gradientsAreThoseOfFiniteDifferences(SubstitutedKind kind) {
        boolean wide = kind.runsWide();
        DataType type = wide ? DataType.FLOAT64 : DataType.FLOAT32;
        Model model = model(kind, type);
        Injection injection = Lora.inject(model, config(kind));
        injection.layers().forEach(layer -> disturb(layer, 0.3));
        Block block = model.getBlock();
        NDList x = kind.input(manager, type);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(loss(trained(block, manager, x)));
        }
        double step = wide ? 1.0 / 4096 : 1.0 / 512;
        for (AdaptedLayer layer : injection.layers()) {
            for (Parameter parameter : layer.tensors("default").values()) {
                float[] gradient = parameter.getArray().getGradient().toFloatArray();
                float[] values = parameter.getArray().toFloatArray();
                for (int i = 0; i < values.length; i += Math.max(1, values.length / 7)) {
                    double up = lossAt(block, x, parameter, values, i, step);
                    double down = lossAt(block, x, parameter, values, i, -step);
                    double expected = (up - down) / (2 * step);
                    double allowed = (wide ? 1e-5 : 2e-2) * Math.max(1, Math.abs(expected));
                    assertThat(Math.abs(gradient[i] - expected))
                            .as("%s %s %s", layer.path(), parameter.getName(), i)
                            .isLessThan(allowed);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void djlsTrainerChangesAdaptersAlone(SubstitutedKind kind) throws IOException {
        Model model = model(kind, DataType.FLOAT32);
        Map<Parameter, byte[]> base = bytes(model.getBlock());
        Injection injection = Lora.inject(model, config(kind));
        injection.layers().forEach(layer -> disturb(layer, 0.3));
        Map<Parameter, byte[]> adapters = new LinkedHashMap<>();
        for (AdaptedLayer layer : injection.layers()) {
            layer.tensors("default").values().forEach(p -> adapters.put(p, bytes(p)));
        }
        train(kind, model);
        base.forEach((p, before) -> assertThat(bytes(p)).as(p.getName()).isEqualTo(before));
        adapters.forEach((p, before) -> assertThat(bytes(p)).as(p.getName()).isNotEqualTo(before));
    }

    @ParameterizedTest
    @EnumSource
    void aSavedAdapterIsTheSameInAFreshModel(SubstitutedKind kind) throws Exception {
        Model model = model(kind, DataType.FLOAT32);
        byte[] file = saved(model.getBlock());
        Injection injection = Lora.inject(model, config(kind));
        injection.layers().forEach(layer -> disturb(layer, 0.3));
        byte[] adapted = output(kind, model.getBlock());
        Lora.saveAdapter(model.getBlock(), injection, directory);

        // loaded, and never initialised, as pretrained models come
        Model fresh = Model.newInstance("fresh");
        Block block = kind.plain();
        load(manager, block, file);
        fresh.setBlock(block);
        Lora.loadAdapter(fresh, "read", directory);
        assertThat(output(kind, fresh.getBlock())).isEqualTo(adapted);

        // the whole model, with its adapters, as a checkpoint has it
        byte[] whole = saved(model.getBlock());
        Model other = model(kind, DataType.FLOAT32);
        Lora.inject(other, config(kind));
        load(manager, other.getBlock(), whole);
        assertThat(output(kind, other.getBlock())).isEqualTo(adapted);
        load(manager, other.getBlock(), file);
        fresh.close();
        other.close();
        model.close();
    }

    @ParameterizedTest
    @EnumSource
    void mergingChangesNothingButRounding(SubstitutedKind kind) {
        Model model = model(kind, DataType.FLOAT32);
        Block original = model.getBlock();
        Injection injection = Lora.inject(model, config(kind));
        injection.layers().forEach(layer -> disturb(layer, 0.3));
        float[] adapted = values(kind, model.getBlock());
        byte[] bits = output(kind, model.getBlock());
        injection.merge();
        assertClose(values(kind, model.getBlock()), adapted);
        injection.unmerge();
        assertThat(output(kind, model.getBlock())).isEqualTo(bits);
        Lora.mergeAndUnload(model);
        assertThat(model.getBlock()).isSameAs(original);
        assertThat(BlockTree.hosts(original)).isEmpty();
        assertThat(BlockTree.frames(original)).isEmpty();
        assertClose(values(kind, original), adapted);
    }

    @ParameterizedTest
    @EnumSource
    void ejectingIsExact(SubstitutedKind kind) throws IOException {
        Model model = model(kind, DataType.FLOAT32);
        Block original = model.getBlock();
        original.freezeParameters(true);
        byte[] plain = output(kind, original);
        byte[] file = saved(original);
        List<BlockTree.Node> before = BlockTree.walk(original);
        Injection injection = Lora.inject(model, config(kind));
        injection.layers().forEach(layer -> disturb(layer, 0.3));
        Lora.eject(model);
        assertThat(model.getBlock()).isSameAs(original);
        assertThat(BlockTree.walk(original).stream().map(BlockTree.Node::path))
                .containsExactlyElementsOf(before.stream().map(BlockTree.Node::path).toList());
        assertThat(BlockTree.frames(original)).isEmpty();
        assertThat(output(kind, original)).isEqualTo(plain);
        assertThat(saved(original)).isEqualTo(file);
    }

    @ParameterizedTest
    @EnumSource
    void twoAdaptersAreSwitched(SubstitutedKind kind) {
        Model model = model(kind, DataType.FLOAT32);
        model.getBlock().freezeParameters(true);
        byte[] plain = output(kind, model.getBlock());
        Injection first = Lora.inject(model, config(kind), "first");
        first.layers().forEach(layer -> disturb(layer, "first", 0.3));
        byte[] withFirst = output(kind, model.getBlock());
        Injection second = Lora.inject(model, config(kind), "second");
        second.layers().forEach(layer -> disturb(layer, "second", 0.2));
        assertThat(second.layers()).isEqualTo(first.layers());
        byte[] withSecond = output(kind, model.getBlock());
        assertThat(withSecond).isNotEqualTo(withFirst).isNotEqualTo(plain);
        var active = first.context().active();
        active.setDefault(AdapterSelection.of("first"));
        assertThat(output(kind, model.getBlock())).isEqualTo(withFirst);
        active.setDefault(AdapterSelection.none());
        assertThat(output(kind, model.getBlock())).isEqualTo(plain);
        active.setDefault(AdapterSelection.of("second"));
        Lora.eject(model.getBlock(), "first");
        assertThat(output(kind, model.getBlock())).isEqualTo(withSecond);
    }

    /** The block's own biases stay as they are, and the table says so. */
    @Test
    void biasLoraOnlyTrainsNoBiasOfASubstitutedModule() throws IOException {
        SubstitutedKind kind = SubstitutedKind.LSTM_IN_TREE;
        Model model = model(kind, DataType.FLOAT32);
        Map<Parameter, byte[]> base = bytes(model.getBlock());
        LoraConfig config = Trees.config("LSTM", "01Linear").optBias(Bias.LORA_ONLY).build();
        Injection injection = Lora.inject(model, config);
        assertThat(Trees.trained(model.getBlock()))
                .filteredOn(name -> !name.contains("lora_"))
                .singleElement()
                .asString()
                .contains("Linear");
        assertThat(injection.table()).contains("LORA_ONLY trains no bias of these modules");
        injection.layers().forEach(layer -> disturb(layer, 0.3));
        train(kind, model);
        base.forEach((p, before) -> assertThat(bytes(p)).as(p.getName()).isEqualTo(before));
        model.close();
    }

    /** W0 + s·B·A with B = 0 is W0 but for the sign of a zero. */
    @Test
    void negativeZeroBecomesZero() {
        Model model = model(SubstitutedKind.OWN_PARAMETER, DataType.FLOAT32);
        Parameter mix = model.getBlock().getDirectParameters().get("mix");
        float[] w0 = {-0f, 1, -2, 0, 3, -0f, 1e-30f, -1e30f, Float.MIN_VALUE, 5};
        Torch.copyInto(mix.getArray(), manager.create(w0, new Shape(5, 2)));
        List<float[]> read = new ArrayList<>();
        Block root = model.getBlock();
        SequentialBlock around = new SequentialBlock().add(root).add(new Reader(mix, read));
        model.setBlock(around);
        Lora.inject(model, Trees.config("mix").build());
        run(SubstitutedKind.OWN_PARAMETER, model.getBlock());
        float[] expected = w0.clone();
        expected[0] = 0f;
        expected[5] = 0f;
        assertThat(read).singleElement().isEqualTo(expected);
        model.close();
    }

    /** Reads a parameter of another block. */
    private static final class Reader extends AbstractBlock {
        private final List<float[]> read;
        private final Parameter other;

        Reader(Parameter other, List<float[]> read) {
            this.other = addParameter(other);
            this.read = read;
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            read.add(store.getValue(other, inputs.head().getDevice(), training).toFloatArray());
            return inputs;
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return inputs;
        }
    }

    @Test
    void theNameOfABlockStandsForItsWeights() {
        Model model = model(SubstitutedKind.LSTM_IN_TREE, DataType.FLOAT32);
        SequentialBlock root = (SequentialBlock) model.getBlock();
        Injection injection = Lora.inject(root, Trees.config("LSTM", "01Linear").build());
        assertThat(injection.layers().stream().map(AdaptedLayer::path))
                .containsExactly("01Linear", "LSTM.l_0_i2h_WEIGHT", "LSTM.l_0_h2h_WEIGHT");
        assertThat(root.getChildren().get(1).getValue()).isInstanceOf(SubstitutionFrame.class);
        assertThat(injection.table())
                .contains("LSTM, substituted")
                .contains("copy of the weight with the adapter added (720 bytes in all)");
    }

    @Test
    void aBareRootIsRefusedWithTheWayOut() {
        Block root = SubstitutedKind.LSTM_ROOT.initialised(manager, DataType.FLOAT32);
        LoraConfig config = config(SubstitutedKind.LSTM_ROOT);
        assertThatThrownBy(() -> Lora.inject(root, config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Call Lora.inject with the Model")
                .hasMessageContaining("new SequentialBlock().add(block)");
        assertThat(Lora.inject(new SequentialBlock().add(root), config).layers()).hasSize(2);
    }

    @Test
    void dropoutIsRefusedByName() {
        Model model = model(SubstitutedKind.LSTM_IN_TREE, DataType.FLOAT32);
        LoraConfig config = Trees.config("LSTM").optDropout(0.1).build();
        assertThatThrownBy(() -> Lora.inject(model, config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("dropout 0.1")
                .hasMessageContaining("LSTM.l_0_i2h_WEIGHT");
        assertThat(BlockTree.hosts(model.getBlock())).isEmpty();
        assertThat(BlockTree.frames(model.getBlock())).isEmpty();
    }

    private Model model(SubstitutedKind kind, DataType type) {
        Model model = Model.newInstance(kind.name());
        Engine.getInstance().setRandomSeed(11);
        model.setBlock(kind.initialised(manager, type));
        return model;
    }

    private static LoraConfig config(SubstitutedKind kind) {
        return Trees.config(kind.targets().toArray(String[]::new)).build();
    }

    private static void disturb(AdaptedLayer layer, double size) {
        disturb(layer, "default", size);
    }

    private static void disturb(AdaptedLayer layer, String adapter, double size) {
        Trees.disturb(layer, adapter);
        for (Parameter parameter : layer.tensors(adapter).values()) {
            try (NDArray view = parameter.getArray().stopGradient()) {
                view.muli(size);
            }
        }
    }

    private NDList run(SubstitutedKind kind, Block block) {
        NDList x = kind.input(manager, DataType.FLOAT32);
        return block.forward(new ParameterStore(manager, false), x, false);
    }

    private byte[] output(SubstitutedKind kind, Block block) {
        return run(kind, block).head().toByteArray();
    }

    private float[] values(SubstitutedKind kind, Block block) {
        return run(kind, block).head().toFloatArray();
    }

    private static void assertClose(float[] found, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(found[i] - expected[i]))
                    .isLessThan(1e-5f * Math.max(1, Math.abs(expected[i])));
        }
    }

    /** A sum of squares around a point, so that no part of the gradient is zero. */
    private static NDArray loss(NDList output) {
        NDArray y = output.head();
        NDArray around = y.getManager().create(new double[] {0.7}).toType(y.getDataType(), true);
        NDArray distance = y.sub(around);
        return distance.mul(distance).sum();
    }

    /** A training pass with the same dropout each time: DJL's BertBlock always has some. */
    private static NDList trained(Block block, NDManager owner, NDList x) {
        Engine.getInstance().setRandomSeed(5);
        return block.forward(new ParameterStore(owner, false), x, true);
    }

    private double lossAt(
            Block block, NDList x, Parameter parameter, float[] values, int at, double step) {
        float[] moved = values.clone();
        moved[at] += (float) step;
        try (NDManager scope = manager.newSubManager()) {
            NDArray there = scope.create(moved, parameter.getArray().getShape());
            Torch.copyInto(parameter.getArray(), there);
            NDArray loss = loss(trained(block, scope, x));
            Torch.copyInto(
                    parameter.getArray(), scope.create(values, parameter.getArray().getShape()));
            return loss.toType(DataType.FLOAT64, true).getDouble();
        }
    }

    private void train(SubstitutedKind kind, Model model) {
        try (Trainer trainer = model.newTrainer(new DefaultTrainingConfig(Loss.l2Loss()))) {
            trainer.initialize(kind.inputShapes());
            for (int i = 0; i < 5; i++) {
                NDList x = kind.input(manager, DataType.FLOAT32);
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    collector.backward(loss(trainer.forward(x)));
                }
                trainer.step();
            }
        }
    }
}
