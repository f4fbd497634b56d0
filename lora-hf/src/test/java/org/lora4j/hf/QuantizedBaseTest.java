/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.hf.model.Quantization;
import org.lora4j.hf.model.Quantization.Format;
import org.lora4j.torch.Packing;
import org.lora4j.torch.TensorDtype;

/**
 * Bases in 4 and 8 bits do what a base does whose weights were rounded to the same numbers and are
 * held in full. That the numbers are bitsandbytes' is shown beside the packing.
 */
final class QuantizedBaseTest {
    @TempDir Path folder;

    static Stream<Arguments> cases() {
        return DecoderGolden.models().stream()
                .flatMap(name -> Stream.of(Format.values()).map(f -> Arguments.of(name, f)));
    }

    private static Quantization of(Format format) {
        return format == Format.NF4 ? Quantization.nf4() : Quantization.int8();
    }

    private static LoraModel load(Path directory, Quantization quantization) throws IOException {
        return LoraModel.load(
                directory,
                Task.causalLanguageModel(),
                LoadOptions.defaults().withQuantization(quantization));
    }

    /** Rounds the linear layers of a model's file to the numbers of a format. */
    private static void round(Path directory, Format format, boolean transposed)
            throws IOException {
        Weights.edit(
                directory,
                tensors -> {
                    for (String name : new TreeSet<>(tensors.keySet())) {
                        NDArray w = Objects.requireNonNull(tensors.get(name));
                        if (name.matches(".*\\.\\d+\\..*weight") && w.getShape().dimension() == 2) {
                            tensors.put(name, rounded(w, format, transposed));
                        }
                    }
                });
    }

    private static NDArray rounded(NDArray w, Format format, boolean transposed) {
        NDArray turned = transposed ? w.transpose().duplicate() : w;
        Packing packing = new Packing(w.getManager());
        PackedWeight packed =
                format == Format.NF4 ? packing.nf4(turned, true) : packing.int8(turned);
        NDArray dense = Packing.unpack(packed, turned);
        return transposed ? dense.transpose().duplicate() : dense;
    }

    private static LoraConfig config(double dropout) {
        return LoraConfig.builder()
                .setRank(3)
                .setAlpha(7)
                .optDropout(dropout)
                .optTargetModules("all-linear")
                .build();
    }

    private static StepGradients gradients(LoraModel model, DecoderGolden.Expected data) {
        model.addAdapter("default", config(0.2));
        return StepGradients.of(model, DecoderGolden.batches(data, new int[][] {{2, 0}, {1, 3}}));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aDecoderComputesAndTrainsAsOnRoundedWeights(String name, Format format)
            throws IOException {
        DecoderGolden.Expected data = DecoderGolden.expected(name);
        boolean transposed = name.equals("gpt2");
        Path plain = DecoderGolden.model(folder, name);
        Path rounded = DecoderGolden.model(folder, name);
        round(rounded, format, transposed);
        try (LoraModel packed = load(plain, of(format));
                LoraModel full = LoraModel.load(rounded, Task.causalLanguageModel());
                LoraModel exact = LoraModel.load(plain, Task.causalLanguageModel())) {
            assertThat(packed.trainableParameters()).isEqualTo(full.trainableParameters());
            var tokens = DecoderGolden.packed(data.ids(), data.labels(), 0, 1, 2);
            float[] ours = DecoderGolden.logits(packed, tokens);
            float[] theirs = DecoderGolden.logits(full, tokens);
            assertThat(Golden.farthest(ours, theirs)).isLessThan(transposed ? 1e-4 : 1e-12);
            assertThat(Golden.farthest(ours, DecoderGolden.logits(exact, tokens)))
                    .as("rounding shows")
                    .isGreaterThan(1e-3);
            StepGradients own = gradients(packed, data);
            StepGradients other = gradients(full, data);
            assertThat(own.byPath().keySet()).isEqualTo(other.byPath().keySet());
            own.byPath()
                    .forEach(
                            (path, gradient) ->
                                    assertThat(
                                                    Golden.farthest(
                                                            gradient,
                                                            Objects.requireNonNull(
                                                                    other.byPath().get(path))))
                                            .as(path)
                                            .isLessThan(transposed ? 1e-5 : 1e-12));
        }
    }

    @Test
    void aLayerToKeepThatIsNoneIsNamed() throws IOException {
        Path plain = DecoderGolden.model(folder, "llama");
        assertThatThrownBy(
                        () ->
                                load(
                                        plain,
                                        Quantization.nf4().withSkipped(List.of("v_proj", "kproj"))))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("kproj is no layer", "down_proj", "k_proj", "v_proj");
        Quantization some =
                Quantization.int8()
                        .withSkipped(List.of("v_proj", "lm_head", "model.layers.1"))
                        .withWhole(List.of("score"));
        try (LoraModel model = load(plain, some)) {
            long packed =
                    ModelTensors.plain(model.block()).values().stream()
                            .filter(p -> p.getArray() instanceof PackedWeight)
                            .count();
            assertThat(packed).isEqualTo(6); // of seven in each of two layers
        }
    }

    @Test
    void dora() throws IOException {
        DecoderGolden.Expected data = DecoderGolden.expected("llama");
        Path plain = DecoderGolden.model(folder, "llama");
        Path rounded = DecoderGolden.model(folder, "llama");
        round(rounded, Format.NF4, false);
        LoraConfig dora = config(0).toBuilder().optDora(true).build();
        try (LoraModel packed = load(plain, Quantization.nf4());
                LoraModel full = LoraModel.load(rounded, Task.causalLanguageModel())) {
            packed.addAdapter("default", dora);
            full.addAdapter("default", dora);
            var batches = DecoderGolden.batches(data, new int[][] {{2, 0}, {1, 3}});
            Map<String, float[]> theirs = StepGradients.of(full, batches).byPath();
            Map<String, float[]> ours = StepGradients.of(packed, batches).byPath();
            assertThat(ours.keySet()).isEqualTo(theirs.keySet());
            ours.forEach(
                    (path, gradient) ->
                            assertThat(gradient)
                                    .as(path)
                                    .isEqualTo(Objects.requireNonNull(theirs.get(path))));
            assertThatThrownBy(packed::mergeAdapter)
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"distilbert", "distilbert-relu"})
    void anEncoderDoesToo(String name) throws IOException {
        Path plain = EncoderGolden.model(folder, name, json -> {});
        Path rounded = EncoderGolden.model(folder, name, json -> {});
        round(rounded, Format.NF4, false);
        LoadOptions options = LoadOptions.defaults().withQuantization(Quantization.nf4());
        EncoderGolden.Rows rows = EncoderGolden.batches(name).get(0);
        try (LoraModel packed = LoraModel.load(plain, Task.sequenceClassification(), options);
                LoraModel full = LoraModel.load(rounded, Task.sequenceClassification());
                LoraModel exact = LoraModel.load(plain, Task.sequenceClassification())) {
            float[] ours = Golden.logits(packed, rows.padded());
            assertThat(ours).isEqualTo(Golden.logits(full, rows.padded()));
            assertThat(ours).isNotEqualTo(Golden.logits(exact, rows.padded()));
        }
    }

    @Test
    void headsEmbeddingsAndSkippedLayersStayInFull() throws IOException {
        Quantization how = Quantization.nf4().withSkipped(List.of("model.layers.1", "o_proj"));
        try (LoraModel model = load(DecoderGolden.model(folder, "llama"), how)) {
            Map<Boolean, Long> counts =
                    ModelTensors.plain(model.block()).values().stream()
                            .collect(
                                    Collectors.partitioningBy(
                                            p -> p.getArray() instanceof PackedWeight,
                                            Collectors.counting()));
            assertThat(counts.get(true)).isEqualTo(6L); // of one layer's seven
            ModelTensors.plain(model.block())
                    .forEach(
                            (path, parameter) -> {
                                if (parameter.getArray() instanceof PackedWeight) {
                                    assertThat(path)
                                            .startsWith("model.layers.0.")
                                            .doesNotContain("o_proj");
                                }
                            });
        }
    }

    @Test
    void aPrefixEndsAtADot() {
        Quantization how = Quantization.int8().withSkipped(List.of("layer.1", "mlp.*gate"));
        assertThat(how.skips("layer.1.attn")).isTrue();
        assertThat(how.skips("layer.11.attn")).isFalse();
        assertThat(how.skips("mlp.x.gate.0")).isTrue();
        assertThat(how.skips("mlp.x.gate_proj")).isFalse();
        assertThat(how.skips("decoder.layer.1")).isTrue();
        assertThatThrownBy(() -> how.withSkipped(List.of("a(")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'a('");
        assertThatThrownBy(() -> how.withSkipped(List.of(" ")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nothingIsMergedIntoItAndItIsNotSaved() throws IOException {
        try (LoraModel model = load(DecoderGolden.model(folder, "llama"), Quantization.nf4())) {
            assertThatThrownBy(model::trainAll)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("4 bits (nf4)");
            assertThatThrownBy(() -> model.save(folder.resolve("saved"), TensorDtype.F32))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("adapter alone");
            model.addAdapter("default", config(0));
            assertThatThrownBy(model::mergeAdapter)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("merge the adapter into that");
            assertThatThrownBy(model::mergeAndUnload)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("without quantisation");
            model.saveAdapter("default", folder.resolve("adapter"));
        }
        try (LoraModel full =
                LoraModel.load(
                        DecoderGolden.model(folder, "llama"),
                        folder.resolve("adapter"),
                        LoadOptions.defaults())) {
            assertThat(full.adapterNames()).containsExactly("default");
        }
    }

    @Test
    void aModuleThatTrainsWholeIsLeftInFull() throws IOException {
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(2)
                        .setAlpha(4)
                        .optTargetModules("q_proj")
                        .optModulesToSave(List.of("up_proj"))
                        .build();
        Path directory = DecoderGolden.model(folder, "llama");
        try (LoraModel model = load(directory, Quantization.int8())) {
            assertThatThrownBy(() -> model.addAdapter("default", config))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("up_proj")
                    .hasMessageContaining("withSkipped");
        }
        try (LoraModel model =
                load(directory, Quantization.int8().withSkipped(List.of("up_proj")))) {
            model.addAdapter("default", config);
            assertThat(model.trainableParameters().trainable()).isPositive();
        }
    }

    @Test
    void severalModelsShareIt() throws IOException {
        for (String name : List.of("llama", "gpt2")) {
            DecoderGolden.Expected data = DecoderGolden.expected(name);
            var tokens = DecoderGolden.packed(data.ids(), data.labels(), 0, 1);
            Path directory = DecoderGolden.model(folder, name);
            LoadOptions options = LoadOptions.defaults().withQuantization(Quantization.nf4());
            float[] alone;
            try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel(), options)) {
                alone = DecoderGolden.logits(model, tokens);
            }
            try (SharedBase base = SharedBase.load(directory, Task.causalLanguageModel(), options);
                    LoraModel one = base.newModel();
                    LoraModel two = base.newModel()) {
                one.addAdapter("default", config(0));
                assertThat(DecoderGolden.logits(two, tokens)).isEqualTo(alone);
                assertThat(DecoderGolden.logits(one, tokens)).isEqualTo(alone);
            }
        }
    }

    @Test
    void weightsThatAreNotFiniteAreRefused() throws IOException {
        Path directory = DecoderGolden.model(folder, "llama");
        Weights.edit(
                directory,
                tensors ->
                        Objects.requireNonNull(tensors.get("model.layers.1.mlp.down_proj.weight"))
                                .set(new NDIndex("0, 1"), Float.NaN));
        assertThatThrownBy(() -> load(directory, Quantization.nf4()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("model.layers.1.mlp.down_proj.weight")
                .hasMessageContaining("NaN or infinite");
    }

    @Test
    void aWeightInEightBitsWithoutItsScalesIsTold() throws IOException {
        Path directory = DecoderGolden.model(folder, "llama");
        String name = "model.layers.1.mlp.down_proj.weight";
        Weights.edit(
                directory,
                tensors ->
                        tensors.computeIfPresent(name, (key, w) -> w.toType(DataType.INT8, false)));
        assertThatThrownBy(() -> LoraModel.load(directory, Task.causalLanguageModel()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(name + " is in 8 bits")
                .hasMessageContaining("model.layers.1.mlp.down_proj.SCB");
    }
}
