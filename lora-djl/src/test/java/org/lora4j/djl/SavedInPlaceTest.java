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
import ai.djl.modality.nlp.DefaultVocabulary;
import ai.djl.modality.nlp.embedding.TrainableWordEmbedding;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.nn.transformer.BertPretrainingBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.training.loss.Loss;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.core.LoraConfig;
import org.lora4j.torch.Torch;

/** Modules that train whole in fields that nothing but their own class fits into. */
final class SavedInPlaceTest {
    private static final List<String> VOCABULARY = List.of("a", "b", "c", "d", "e", "f", "g");

    /** A model, what trains whole in it, and what is adapted beside that. */
    enum Kind {
        POOLING(SavedInPlaceTest::bert, "poolingProjection", "queryProjection"),
        NORM(SavedInPlaceTest::bert, "embeddingNorm", "queryProjection"),
        TOKENS(SavedInPlaceTest::bert, "tokenEmbedding", "queryProjection"),
        ATTENTION(SavedInPlaceTest::bert, "selfAttention", "poolingProjection"),
        MASKED(SavedInPlaceTest::pretraining, "BertMaskedLanguageModelBlock", "queryProjection"),
        KEYS(SavedInPlaceTest::attention, "keyProjection", "valueProjection");

        private final Supplier<Block> factory;
        private final String saved;
        private final String target;

        Kind(Supplier<Block> factory, String saved, String target) {
            this.factory = factory;
            this.saved = saved;
            this.target = target;
        }

        LoraConfig config() {
            return Trees.config(target).optModulesToSave(saved).build();
        }

        Shape[] shapes() {
            Shape ids = new Shape(2, 5);
            return switch (this) {
                case KEYS -> new Shape[] {new Shape(2, 4, 6)};
                case MASKED -> new Shape[] {ids, ids, ids, new Shape(2, 3)};
                default -> new Shape[] {ids, ids, ids};
            };
        }

        NDList input(NDManager manager) {
            if (this == KEYS) {
                return new NDList(Trees.input(manager, 2, 4, 6));
            }
            long[] ids = new Random(3).longs(10, 0, 20).toArray();
            NDList list =
                    new NDList(
                            manager.create(ids, new Shape(2, 5)),
                            manager.create(
                                    new long[] {0, 0, 1, 1, 1, 0, 1, 1, 0, 1}, new Shape(2, 5)),
                            manager.ones(new Shape(2, 5), DataType.INT64));
            if (this == MASKED) {
                list.add(manager.create(new long[] {0, 2, 4, 1, 3, 4}, new Shape(2, 3)));
            }
            return list;
        }
    }

    private final NDManager manager = NDManager.newBaseManager();
    @TempDir private Path directory = Path.of("");

    @AfterEach
    void close() {
        manager.close();
    }

    private static BertBlock.Builder builder() {
        return BertBlock.builder()
                .setTokenDictionarySize(20)
                .optTypeDictionarySize(2)
                .optEmbeddingSize(6)
                .optTransformerBlockCount(1)
                .optAttentionHeadCount(2)
                .optHiddenSize(9)
                .optHiddenDropoutProbability(0)
                .optMaxSequenceLength(5);
    }

    private static Block bert() {
        return builder().build();
    }

    private static Block pretraining() {
        return new BertPretrainingBlock(builder());
    }

    private static Block attention() {
        return ScaledDotProductAttentionBlock.builder().setEmbeddingSize(6).setHeadCount(2).build();
    }

    @ParameterizedTest
    @EnumSource
    void itTrainsWholeAndNothingElseDoes(Kind kind) throws IOException {
        Model model = model(kind);
        Block root = model.getBlock();
        root.freezeParameters(true);
        byte[] plain = output(kind, root);
        Injection injection = Lora.inject(model, kind.config());
        SavedModule module = module(injection);
        assertThat(module.isSubstituted()).isTrue();
        assertThat(output(kind, model.getBlock())).isEqualTo(plain);
        Map<Parameter, byte[]> base = bytes(root);
        Map<Parameter, byte[]> copies = new LinkedHashMap<>();
        for (Parameter copy : module.tensors("default").values()) {
            if (copy.requiresGradient()) {
                copies.put(copy, bytes(copy));
            }
        }
        base.keySet().removeAll(injection.layers().get(0).getParameters().values());
        assertThat(copies).isNotEmpty();
        train(kind, model);
        injection
                .hosts()
                .forEach(host -> base.keySet().removeAll(host.tensors("default").values()));
        base.forEach((p, before) -> assertThat(bytes(p)).as(p.getName()).isEqualTo(before));
        assertThat(copies.entrySet())
                .anySatisfy(each -> assertThat(bytes(each.getKey())).isNotEqualTo(each.getValue()));
        assertThat(module.isCalled()).isTrue();
        assertThat(injection.table())
                .contains(module.path())
                .contains("trained whole, substituted")
                .doesNotContain("never called");
        model.close();
    }

    @ParameterizedTest
    @EnumSource
    void gradientsAreThoseOfFiniteDifferences(Kind kind) {
        Model model = model(kind);
        Injection injection = Lora.inject(model, kind.config());
        NDList x = kind.input(manager);
        Block block = model.getBlock();
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(loss(trained(block, manager, x)));
        }
        int seen = 0;
        for (Parameter copy : module(injection).tensors("default").values()) {
            if (!copy.requiresGradient()) {
                continue; // a running statistic
            }
            float[] gradient = copy.getArray().getGradient().toFloatArray();
            float[] values = copy.getArray().toFloatArray();
            for (int i = 0; i < values.length; i += Math.max(1, values.length / 5)) {
                double up = lossAt(block, x, copy, values, i, 1.0 / 512);
                double down = lossAt(block, x, copy, values, i, -1.0 / 512);
                double expected = (up - down) * 256;
                assertThat(Math.abs(gradient[i] - expected))
                        .as("%s %s %s", copy.getName(), i, expected)
                        .isLessThan(2e-2 * Math.max(1, Math.abs(expected)));
                seen += Math.abs(expected) > 0.05 ? 1 : 0;
            }
        }
        assertThat(seen).isPositive();
        model.close();
    }

    @ParameterizedTest
    @EnumSource
    void filesAndCheckpointsHoldIt(Kind kind) throws Exception {
        Model model = model(kind);
        byte[] file = saved(model.getBlock());
        Injection injection = Lora.inject(model, kind.config());
        injection.hosts().forEach(host -> disturb(host.tensors("default")));
        byte[] adapted = output(kind, model.getBlock());
        Lora.saveAdapter(model.getBlock(), injection, directory);

        Model fresh = Model.newInstance("fresh");
        fresh.setBlock(kind.factory.get());
        load(manager, fresh.getBlock(), file);
        fresh.getBlock().freezeParameters(true);
        byte[] plain = output(kind, fresh.getBlock());
        assertThat(adapted).isNotEqualTo(plain);
        Lora.loadAdapter(fresh, "read", directory);
        assertThat(output(kind, fresh.getBlock())).isEqualTo(adapted);

        byte[] whole = saved(model.getBlock());
        Model other = model(kind);
        Lora.inject(other, kind.config());
        load(manager, other.getBlock(), whole);
        assertThat(output(kind, other.getBlock())).isEqualTo(adapted);
        Lora.eject(other);
        other.getBlock().freezeParameters(true);
        assertThat(output(kind, other.getBlock())).isEqualTo(plain);
        model.close();
        fresh.close();
        other.close();
    }

    @ParameterizedTest
    @EnumSource
    void mergingWritesItAndEjectingForgetsIt(Kind kind) throws IOException {
        Model model = model(kind);
        Block root = model.getBlock();
        root.freezeParameters(true);
        byte[] plain = output(kind, root);
        byte[] file = saved(root);
        Injection injection = Lora.inject(model, kind.config());
        injection.hosts().forEach(host -> disturb(host.tensors("default")));
        Lora.eject(model);
        assertThat(model.getBlock()).isSameAs(root);
        assertThat(BlockTree.frames(root)).isEmpty();
        assertThat(BlockTree.hosts(root)).isEmpty();
        assertThat(output(kind, root)).isEqualTo(plain);
        assertThat(saved(root)).isEqualTo(file);

        injection = Lora.inject(model, kind.config());
        disturb(module(injection).tensors("default"));
        byte[] adapted = output(kind, model.getBlock());
        assertThat(adapted).isNotEqualTo(plain);
        Lora.mergeAndUnload(model);
        assertThat(model.getBlock()).isSameAs(root);
        assertThat(BlockTree.frames(root)).isEmpty();
        assertThat(output(kind, root)).isEqualTo(adapted);
        model.close();
    }

    @Test
    void twoAdaptersHaveTheirOwnCopies() {
        Kind kind = Kind.POOLING;
        Model model = model(kind);
        model.getBlock().freezeParameters(true);
        byte[] plain = output(kind, model.getBlock());
        List<byte[]> outputs = new ArrayList<>();
        for (String name : List.of("first", "second")) {
            Injection injection = Lora.inject(model, kind.config(), name);
            for (Parameter copy : module(injection).tensors(name).values()) {
                try (NDArray view = copy.getArray().stopGradient()) {
                    view.addi(outputs.size() + 0.5f);
                }
            }
            outputs.add(output(kind, model.getBlock()));
        }
        assertThat(BlockTree.frames(model.getBlock())).hasSize(1);
        var active = BlockTree.hosts(model.getBlock()).get(0).context().active();
        active.setDefault(AdapterSelection.of("first"));
        assertThat(output(kind, model.getBlock())).isEqualTo(outputs.get(0));
        active.setDefault(AdapterSelection.none());
        assertThat(output(kind, model.getBlock())).isEqualTo(plain);
        Lora.eject(model.getBlock(), "first");
        active.setDefault(AdapterSelection.of("second"));
        assertThat(output(kind, model.getBlock())).isEqualTo(outputs.get(1));
        model.close();
    }

    @Test
    void aRootIsNotFramedWithoutAModel() {
        Block bert = model(Kind.POOLING).getBlock();
        LoraConfig config = Kind.POOLING.config();
        assertThatThrownBy(() -> Lora.inject(bert, config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("field pooling")
                .hasMessageContaining("Call Lora.inject with the Model");
        assertThat(BlockTree.hosts(bert)).isEmpty();
        SequentialBlock around = new SequentialBlock().add(bert);
        Injection injection = Lora.inject(around, config);
        assertThat(module(injection).path()).isEqualTo("BertBlock.poolingProjection");
        assertThat(BlockTree.frames(around)).hasSize(1);
    }

    @Test
    void weightsOfOneAdapterAreNotTrainedWholeByAnother() {
        Block tree = SubstitutedKind.LSTM_IN_TREE.initialised(manager, DataType.FLOAT32);
        Lora.inject(tree, Trees.config("LSTM").build(), "first");
        LoraConfig config = Trees.config("01Linear").optModulesToSave("LSTM").build();
        assertThatThrownBy(() -> Lora.inject(tree, config, "second"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "LSTM holds adapted weights [LSTM.l_0_i2h_WEIGHT, LSTM.l_0_h2h");
    }

    @Test
    void aWordTableInATypedFieldTrainsWhole() {
        Engine.getInstance().setRandomSeed(4);
        ai.djl.modality.nlp.embedding.TrainableTextEmbedding words =
                new ai.djl.modality.nlp.embedding.TrainableTextEmbedding(
                        TrainableWordEmbedding.builder()
                                .setVocabulary(new DefaultVocabulary(VOCABULARY))
                                .optNumEmbeddings(VOCABULARY.size())
                                .setEmbeddingSize(4)
                                .build());
        SequentialBlock tree =
                new SequentialBlock()
                        .add(words)
                        .add(Activation.tanhBlock())
                        .add(Linear.builder().setUnits(2).build());
        tree.initialize(manager, DataType.FLOAT32, new Shape(5));
        NDArray x = manager.create(new long[] {3, 0, 6, 3, 1});
        float[] plain = Trees.forward(tree, x);
        LoraConfig config =
                Trees.config("Linear").optModulesToSave("trainableWordEmbedding").build();
        Injection injection = Lora.inject(tree, config);
        assertThat(Trees.forward(tree, x)).isEqualTo(plain);
        disturb(module(injection).tensors("default"));
        assertThat(Trees.forward(tree, x)).isNotEqualTo(plain);
        Lora.eject(tree);
        assertThat(Trees.forward(tree, x)).isEqualTo(plain);
    }

    private static SavedModule module(Injection injection) {
        assertThat(injection.savedModules()).hasSize(1);
        return injection.savedModules().get(0);
    }

    private Model model(Kind kind) {
        Engine.getInstance().setRandomSeed(11);
        Model model = Model.newInstance(kind.name());
        Block block = kind.factory.get();
        block.setInitializer(new NormalInitializer(0.4f), Parameter.Type.WEIGHT);
        block.initialize(manager, DataType.FLOAT32, kind.shapes());
        model.setBlock(block);
        return model;
    }

    /** Adds noise: a table or a variance must stay what it is. */
    private static void disturb(Map<String, Parameter> tensors) {
        Random random = new Random(8);
        for (Parameter parameter : tensors.values()) {
            NDArray array = parameter.getArray();
            float[] noise = new float[(int) array.size()];
            for (int i = 0; i < noise.length; i++) {
                noise[i] = 0.1f * random.nextFloat();
            }
            try (NDManager scope = array.getManager().newSubManager();
                    NDArray view = array.stopGradient()) {
                view.addi(scope.create(noise, array.getShape()));
            }
        }
    }

    private byte[] output(Kind kind, Block block) {
        NDList y = block.forward(new ParameterStore(manager, false), kind.input(manager), false);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        y.forEach(array -> bytes.writeBytes(array.toByteArray()));
        return bytes.toByteArray();
    }

    private static NDArray loss(NDList output) {
        NDArray sum = null;
        for (NDArray y : output) {
            NDArray distance = y.sub(y.getManager().create(0.7f));
            NDArray part = distance.mul(distance).sum();
            sum = sum == null ? part : sum.add(part);
        }
        return java.util.Objects.requireNonNull(sum);
    }

    private static NDList trained(Block block, NDManager owner, NDList x) {
        Engine.getInstance().setRandomSeed(5);
        return block.forward(new ParameterStore(owner, false), x, true);
    }

    private double lossAt(
            Block block, NDList x, Parameter parameter, float[] values, int at, double step) {
        float[] moved = values.clone();
        moved[at] += (float) step;
        try (NDManager scope = manager.newSubManager()) {
            Shape shape = parameter.getArray().getShape();
            Torch.copyInto(parameter.getArray(), scope.create(moved, shape));
            NDArray loss = loss(trained(block, scope, x));
            Torch.copyInto(parameter.getArray(), scope.create(values, shape));
            return loss.getFloat();
        }
    }

    private void train(Kind kind, Model model) {
        try (Trainer trainer = model.newTrainer(new DefaultTrainingConfig(Loss.l2Loss()))) {
            trainer.initialize(kind.shapes());
            for (int i = 0; i < 3; i++) {
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    collector.backward(loss(trainer.forward(kind.input(manager))));
                }
                trainer.step();
            }
        }
    }
}
