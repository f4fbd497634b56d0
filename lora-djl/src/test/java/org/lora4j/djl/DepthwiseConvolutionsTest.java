/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Combination;
import org.lora4j.core.ConvForm;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;

/** A net of depthwise and pointwise convolutions, as MobileNet is, from injection to ejection. */
final class DepthwiseConvolutionsTest {
    private final NDManager manager = NDManager.newBaseManager();
    @TempDir private Path directory = Path.of("");

    @BeforeEach
    void seed() {
        Engine.getInstance().setRandomSeed(3);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static SequentialBlock net(int width) {
        SequentialBlock net = new SequentialBlock();
        convolution(net, width, 3, 1);
        convolution(net, width, 3, width); // depthwise
        convolution(net, 2 * width, 1, 1); // pointwise
        convolution(net, 2 * width, 3, 2 * width);
        return net.add(Pool.globalAvgPool2dBlock())
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(3).build());
    }

    private static void convolution(SequentialBlock net, int filters, int kernel, int groups) {
        net.add(
                        Conv2d.builder()
                                .setFilters(filters)
                                .setKernelShape(new Shape(kernel, kernel))
                                .optPadding(new Shape(kernel / 2, kernel / 2))
                                .optGroups(groups)
                                .optBias(false)
                                .build())
                .add(BatchNorm.builder().build())
                .add(Activation.reluBlock());
    }

    /** Of 8 groups and 12, of which 8 divide the rank and 12 or 16 do not. */
    @ParameterizedTest
    @CsvSource({"12, PEFT", "32, PEFT", "8, WEIGHT", "12, WEIGHT"})
    void theDefaultRankGoesThroughALife(int width, ConvForm form) throws Exception {
        Model model = loaded(width);
        Block root = model.getBlock();
        byte[] file = saved(root);
        float[] plain = forward(root);
        Injection injection = Lora.inject(model, config(form).build());
        assertThat(injection.layers()).hasSize(4);
        assertThat(forward(model.getBlock())).isEqualTo(plain);
        Map<Parameter, byte[]> base = bytes(root, false);
        Map<Parameter, byte[]> adapters = bytes(root, true);
        train(model);
        base.forEach((p, before) -> assertThat(bytes(p)).as(p.getName()).isEqualTo(before));
        adapters.forEach((p, before) -> assertThat(bytes(p)).as(p.getName()).isNotEqualTo(before));
        float[] trained = forward(model.getBlock());
        assertThat(trained).isNotEqualTo(plain);

        Lora.saveAdapter(model.getBlock(), injection, directory);
        Model fresh = Model.newInstance("fresh");
        fresh.setBlock(net(width));
        fresh.getBlock().loadParameters(manager, stream(file));
        Lora.loadAdapter(fresh, "read", directory);
        assertThat(forward(fresh.getBlock())).isEqualTo(trained);
        fresh.close();

        injection.merge();
        assertThat(forward(root)).containsExactly(trained, within(1e-5f));
        injection.unmerge();
        assertThat(forward(root)).isEqualTo(trained);
        Lora.mergeAndUnload(model);
        assertThat(forward(model.getBlock())).containsExactly(trained, within(1e-5f));
        assertThat(BlockTree.hosts(root)).isEmpty();

        root.loadParameters(manager, stream(file));
        Injection second = Lora.inject(model, config(form).build());
        second.layers().forEach(layer -> Trees.disturb(layer, "default"));
        Lora.eject(model);
        assertThat(forward(model.getBlock())).isEqualTo(plain);
        assertThat(saved(root)).isEqualTo(file);
        model.close();
    }

    @Test
    void theFilesNameTheForm() throws Exception {
        Model model = loaded(12);
        Injection injection = Lora.inject(model, config(ConvForm.PEFT).build());
        assertThat(injection.table())
                .containsPattern("01Conv2d +Conv2d +12x3x3x3")
                .containsPattern("04Conv2d +Conv2d, changed weight +12x1x3x3")
                .doesNotContain("substituted");
        Lora.saveAdapter(model.getBlock(), injection, directory);
        assertThat(AdapterNotes.read(directory.resolve(AdapterNotes.FILE_NAME)).weightForms())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("04Conv2d", "kernel", "10Conv2d", "kernel"));
        model.close();
    }

    /** PEFT's form has an effect that no grouped weight has, and is still what PEFT loads. */
    @Test
    void aRankThatTheGroupsDivideHasPeftsForm() throws Exception {
        Model model = loaded(8);
        Injection injection =
                Lora.inject(model, config(ConvForm.PEFT).optTargetModules("04Conv2d").build());
        AdaptedLayer layer = injection.layers().get(0);
        assertThat(layer.tensors("default").get("lora_A.weight").getArray().getShape())
                .isEqualTo(new Shape(8, 8, 3, 3));
        Lora.saveAdapter(model.getBlock(), injection, directory);
        assertThat(directory.resolve(AdapterNotes.FILE_NAME)).doesNotExist();
        assertThat(Files.readString(directory.resolve("adapter_config.json"))).contains("04Conv2d");
        Trees.disturb(layer, "default");
        float[] trained = forward(model.getBlock());
        Lora.saveAdapter(model.getBlock(), injection, directory);
        Lora.eject(model);
        Lora.loadAdapter(model, "read", directory);
        assertThat(forward(model.getBlock())).isEqualTo(trained);
        model.close();
    }

    @Test
    void adaptersAreCombined() throws Exception {
        Model model = loaded(12);
        for (String name : new String[] {"first", "second"}) {
            Lora.inject(model, config(ConvForm.PEFT).build(), name)
                    .layers()
                    .forEach(layer -> Trees.disturb(layer, name));
        }
        var parts = new AdapterSelection(Map.of("first", 0.5, "second", -0.25));
        BlockTree.hosts(model.getBlock()).get(0).context().active().setDefault(parts);
        float[] both = forward(model.getBlock());
        Lora.addWeightedAdapter(model.getBlock(), "sum", parts, Combination.cat());
        float[] sum = forward(model.getBlock());
        for (int i = 0; i < sum.length; i++) {
            assertThat(sum[i]).isCloseTo(both[i], withinPercentage(1e-4));
        }
        model.close();
    }

    private Model loaded(int width) throws Exception {
        SequentialBlock drawn = net(width);
        drawn.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 8, 8));
        Model model = Model.newInstance("net");
        model.setBlock(net(width));
        // loaded and never initialised, as pretrained models come
        model.getBlock().loadParameters(manager, stream(saved(drawn)));
        return model;
    }

    private static LoraConfigBuilder config(ConvForm form) {
        return LoraConfig.builder().optConvForm(form).optTargetModules("regex:.*Conv2d");
    }

    private float[] forward(Block block) {
        return Trees.forward(block, Trees.input(manager, 2, 3, 8, 8));
    }

    private void train(Model model) {
        try (Trainer trainer = model.newTrainer(new DefaultTrainingConfig(Loss.l2Loss()))) {
            trainer.initialize(new Shape(2, 3, 8, 8));
            for (int i = 0; i < 3; i++) {
                NDArray x = Trees.input(manager, 2, 3, 8, 8);
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    NDArray y = trainer.forward(new NDList(x)).head();
                    collector.backward(y.mul(y).sum());
                }
                trainer.step();
            }
        }
    }

    private static Map<Parameter, byte[]> bytes(Block root, boolean training) {
        Map<Parameter, byte[]> bytes = new LinkedHashMap<>();
        for (Parameter p : root.getParameters().values()) {
            if (p.requiresGradient() == training) {
                bytes.put(p, bytes(p));
            }
        }
        return bytes;
    }

    private static byte[] bytes(Parameter parameter) {
        return parameter.getArray().toByteArray();
    }

    private static DataInputStream stream(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }

    private static byte[] saved(Block block) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        block.saveParameters(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }
}
