/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.safetensors.SafeTensors;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.Torch;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;

/** Bases in bfloat16 and float16, with adapters in float32. */
final class ReducedPrecisionTest {
    private static final LoadOptions BFLOAT16 = LoadOptions.defaults().withDtype(TensorDtype.BF16);

    @TempDir Path folder;

    private LoraModel bert(LoadOptions options) throws IOException {
        return LoraModel.load(
                Golden.model(folder, "bare"), Task.sequenceClassification("no", "yes"), options);
    }

    private static LoraConfig config(DeltaDtype dtype) {
        return LoraConfig.builder()
                .setRank(3)
                .setAlpha(7)
                .optDeltaDtype(dtype)
                .optTargetModules("query", "value", "intermediate.dense")
                .build();
    }

    @ParameterizedTest
    @EnumSource(DeltaDtype.class)
    void adaptersTrainInFloat32AndTheBaseStaysAsItIs(DeltaDtype delta) throws IOException {
        try (LoraModel model = bert(BFLOAT16)) {
            model.addAdapter("default", config(delta));
            Map<String, ByteBuffer> before = bytes(model);
            Map<String, NDArray> adapter = Golden.adapter(model, "default");
            assertThat(adapter).isNotEmpty();
            assertThat(adapter.values()).allMatch(array -> array.getDataType() == DataType.FLOAT32);
            assertThat(adapter).containsKey("classifier.weight");
            Map<String, float[]> start = new LinkedHashMap<>();
            adapter.forEach((name, array) -> start.put(name, array.toFloatArray()));
            LoraTrainingResult result =
                    LoraTrainer.builder(model)
                            .setDataset(
                                    TextDataset.forTraining(
                                            model,
                                            Texts.rows(64, 5),
                                            "rows",
                                            BatchOptions.defaults().withBatchSize(8)))
                            .optSteps(24)
                            .build()
                            .fit();
            assertThat(result.steps()).isEqualTo(24);
            adapter.forEach(
                    (name, array) ->
                            assertThat(array.toFloatArray())
                                    .as(name)
                                    .doesNotContain(Float.NaN)
                                    .isNotEqualTo(start.get(name)));
            assertThat(bytes(model)).isEqualTo(before);
        }
    }

    @Test
    void everyWeightIsCountedWhateverItsPrecision() throws IOException {
        try (LoraModel single = bert(LoadOptions.defaults());
                LoraModel half = bert(BFLOAT16)) {
            single.addAdapter("default", config(DeltaDtype.ACTIVATION));
            half.addAdapter("default", config(DeltaDtype.ACTIVATION));
            assertThat(half.trainableParameters()).isEqualTo(single.trainableParameters());
            assertThat(half.trainableParameters().trainable()).isPositive();
        }
    }

    @Test
    void aMergeIsSummedInFloat32AndRoundedOnce() throws IOException {
        Path merged = folder.resolve("merged");
        try (LoraModel model = bert(BFLOAT16);
                NDManager manager = NDManager.newBaseManager("PyTorch")) {
            model.addAdapter("default", config(DeltaDtype.ACTIVATION));
            randomise(model, 0.05f);
            Map<String, ByteBuffer> expected = bytes(model);
            BlockTree.hosts(model.block())
                    .forEach(
                            host -> {
                                if (host instanceof AdaptedLayer layer) {
                                    NDArray wide = Torch.toFloat32(layer.weight());
                                    NDArray sum = wide.add(layer.delta(manager, "default"));
                                    expected.put(
                                            host.path() + ".weight", copied(Torch.toBfloat16(sum)));
                                } else {
                                    host.tensors("default")
                                            .forEach(
                                                    (suffix, p) ->
                                                            expected.put(
                                                                    host.path() + "." + suffix,
                                                                    copied(
                                                                            Torch.toBfloat16(
                                                                                    p
                                                                                            .getArray()))));
                                }
                            });
            assertThat(expected).isNotEqualTo(bytes(model));
            try (LoraModel plain = model.mergeAndUnload()) {
                assertThat(bytes(plain)).isEqualTo(expected);
                plain.save(merged);
            }
            try (SafeTensors saved = SafeTensors.open(merged)) {
                assertThat(saved.names()).isEqualTo(expected.keySet());
                for (String name : saved.names()) {
                    assertThat(saved.info(name).dtype()).isEqualTo(TensorDtype.BF16);
                    assertThat(saved.readBytes(manager, name).toByteBuffer(false))
                            .as(name)
                            .isEqualTo(expected.get(name));
                }
            }
            assertThat(Golden.json(merged.resolve("config.json")).get("torch_dtype").getAsString())
                    .isEqualTo("bfloat16");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorDtype.class,
            names = {"F32", "BF16", "F16"})
    void aModelIsSavedInThePrecisionAskedFor(TensorDtype dtype) throws IOException {
        Path source = Golden.model(folder, "head");
        Path saved = folder.resolve("saved");
        try (LoraModel model = LoraModel.load(source, Task.sequenceClassification())) {
            model.save(saved, dtype);
            assertThatThrownBy(() -> model.save(folder.resolve("no"), TensorDtype.I8))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("I8");
        }
        assertThat(Checkpoint.dtypeOf(saved)).isEqualTo(dtype);
        try (SafeTensors before = SafeTensors.open(source);
                SafeTensors after = SafeTensors.open(saved);
                NDManager manager = NDManager.newBaseManager("PyTorch")) {
            for (String name : after.names()) {
                assertThat(after.info(name).shape()).isEqualTo(before.info(name).shape());
                assertThat(after.readBytes(manager, name).toByteBuffer(false))
                        .as(name)
                        .isEqualTo(before.readAs(manager, name, dtype).toByteBuffer(false));
            }
        }
        LoadOptions again = LoadOptions.defaults().withDtype(dtype);
        try (LoraModel model = LoraModel.load(saved, Task.sequenceClassification(), again)) {
            assertThat(model.labels()).hasSize(3);
        }
    }

    @Test
    void djlsOwnWaysAreRefusedInsteadOfEndingTheJvm() throws IOException {
        try (LoraModel half = bert(BFLOAT16);
                Model model = half.asModel()) {
            half.addAdapter("default", config(DeltaDtype.ACTIVATION));
            DataOutputStream out = new DataOutputStream(new ByteArrayOutputStream());
            assertThatThrownBy(() -> half.block().saveParameters(out))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("bfloat16")
                    .hasMessageContaining("saveAdapter");
            assertThatThrownBy(() -> model.save(folder, "model"))
                    .isInstanceOf(UnsupportedOperationException.class);
            try (Trainer trainer =
                    model.newTrainer(new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()))) {
                assertThatThrownBy(() -> trainer.initialize(new Shape(1, 4)))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("LoraTrainer");
            }
        }
        try (LoraModel half = bert(BFLOAT16)) {
            assertThatThrownBy(half::trainAll)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("BF16");
        }
        assertThatThrownBy(() -> LoadOptions.defaults().withDtype(TensorDtype.F64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("F64");
    }

    private static void randomise(LoraModel model, float scale) {
        int[] seed = {1};
        Consumer<Parameter> draw =
                p -> {
                    float[] values = new float[(int) p.getArray().size()];
                    java.util.Random random = new java.util.Random(seed[0]++);
                    for (int i = 0; i < values.length; i++) {
                        values[i] = scale * (float) random.nextGaussian();
                    }
                    try (NDArray drawn = model.manager().create(values, p.getArray().getShape())) {
                        Torch.copyInto(p.getArray(), drawn);
                    }
                };
        BlockTree.hosts(model.block())
                .forEach(host -> host.tensors("default").values().forEach(draw));
    }

    /** The plain model's weights, as bytes. */
    private static Map<String, ByteBuffer> bytes(LoraModel model) {
        Map<String, ByteBuffer> all = new LinkedHashMap<>();
        ModelTensors.plain(model.block())
                .forEach((path, weight) -> all.put(path, copied(weight.getArray())));
        return all;
    }

    private static ByteBuffer copied(NDArray array) {
        return array.toByteBuffer(false);
    }
}
