/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Bias;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.SoftPromptConfig.Network;
import org.lora4j.core.TrainableTokens;
import org.lora4j.core.TrainableTokensConfig;
import org.lora4j.hf.DecoderGolden;
import org.lora4j.hf.EncoderGolden;
import org.lora4j.hf.Golden;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.family.AdapterCount;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.TensorSource;
import org.lora4j.hf.model.TrainableParameters;

/** What is counted before a model is loaded is what the model says once it has the adapter. */
final class TaskParametersTest {
    @TempDir private static Path folder;

    private static LoraConfigBuilder lora() {
        return LoraConfig.builder().setRank(3).setAlpha(7);
    }

    private static LoraConfigBuilder lora(String... targets) {
        return lora().optTargetModules(targets);
    }

    /** Every method and every part of an adapter. */
    private static Map<String, AdapterConfig> all(String attention, String weight) {
        Map<String, AdapterConfig> methods = new LinkedHashMap<>(some());
        methods.put("default", lora().build());
        methods.put("dora", lora("all-linear").optDora(true).build());
        methods.put("pissa", lora(attention).optInit(Init.PISSA).build());
        methods.put("mica", lora("all-layers").optInit(Init.MICA).setRank(2).build());
        methods.put("rows", TrainableTokensConfig.of(5, 3, 8));
        methods.put("olora", lora(attention).optInit(Init.OLORA).build());
        LoraConfigBuilder kaiming = lora(attention).optInit(Init.KAIMING_UNIFORM);
        methods.put("bias of b", kaiming.optLoraBias(true).build());
        methods.put("some biases", lora(attention).optBias(Bias.LORA_ONLY).build());
        TrainableTokens tokens = TrainableTokens.of(5, 3);
        methods.put("tokens", lora(attention).optTrainableTokens(tokens).build());
        methods.put("parameters", lora().optTargetParameters(List.of(weight)).build());
        methods.put("ia3", Ia3Config.builder().build());
        methods.put("mlp", SoftPromptConfig.encoded(4, Network.MLP));
        methods.put("lstm", SoftPromptConfig.encoded(4, Network.LSTM));
        SoftPromptConfig.Encoder narrow = new SoftPromptConfig.Encoder(Network.LSTM, 5, 3);
        methods.put("narrow lstm", new SoftPromptConfig(4, narrow, List.of(), 1));
        return methods;
    }

    /** Those that depend on the family. */
    private static Map<String, AdapterConfig> some() {
        Map<String, AdapterConfig> methods = new LinkedHashMap<>();
        methods.put("all layers", lora("all-layers").build());
        methods.put("all biases", lora("all-linear").optBias(Bias.ALL).build());
        methods.put("prompt", SoftPromptConfig.random(4));
        return methods;
    }

    /** Where the projection is tied to the word table, the table stays beside its copy. */
    private static Map<String, AdapterConfig> tables() {
        return Map.of(
                "words", lora("q_proj").optModulesToSave("embed_tokens").build(),
                "head", lora("q_proj").optModulesToSave("lm_head").build());
    }

    private static Path bert(String name) {
        return Golden.model(folder, name);
    }

    private static Path encoder(String name) throws IOException {
        return EncoderGolden.model(folder, name, json -> {});
    }

    static Stream<Arguments> models() throws IOException {
        Map<String, AdapterConfig> encoders = all("query", "intermediate.dense.weight");
        Map<String, AdapterConfig> decoders = all("q_proj", "mlp.up_proj.weight");
        Task labels = Task.sequenceClassification("a", "b", "c", "d", "e");
        Task causal = Task.causalLanguageModel();
        return Stream.of(
                Arguments.of(bert("bare"), labels, encoders),
                Arguments.of(bert("bare"), Task.tokenClassification("O", "B-X", "I-X"), encoders),
                Arguments.of(bert("bare"), Task.embedding(), encoders),
                Arguments.of(bert("bare"), Task.multiLabelClassification("x", "y"), some()),
                Arguments.of(bert("bare"), Task.reranking(), some()),
                Arguments.of(bert("head"), Task.regression(), some()),
                Arguments.of(bert("head"), Task.embedding(), some()),
                Arguments.of(encoder("distilbert-mlm"), labels, some()),
                Arguments.of(encoder("modernbert"), labels, some()),
                Arguments.of(encoder("roberta"), labels, some()),
                Arguments.of(encoder("llama-bare"), Task.embedding(), some()),
                Arguments.of(DecoderGolden.model(folder, "llama"), causal, decoders),
                Arguments.of(DecoderGolden.model(folder, "llama-tied"), causal, decoders),
                Arguments.of(DecoderGolden.model(folder, "gpt2"), causal, some()),
                Arguments.of(DecoderGolden.model(folder, "llama-tied"), causal, tables()),
                Arguments.of(DecoderGolden.model(folder, "qwen3"), labels, decoders));
    }

    @ParameterizedTest(name = "[{index}] {1}")
    @MethodSource("models")
    void anAdapterCountsAsOnceItIsThere(
            Path directory, Task task, Map<String, AdapterConfig> methods) throws IOException {
        TaskParameters counted = TaskParameters.of(ModelConfig.read(directory), task);
        TaskParameters named = named(directory, task);
        LoadOptions options = LoadOptions.defaults().withNewHead(true);
        try (LoraModel model = LoraModel.load(directory, task, options)) {
            methods.forEach(
                    (name, method) -> {
                        model.addAdapter("a", method);
                        TrainableParameters there = model.trainableParameters();
                        assertThat(counted.count(method).parameters()).as(name).isEqualTo(there);
                        assertThat(named.count(method).parameters()).as(name).isEqualTo(there);
                        model.deleteAdapter("a");
                    });
        }
    }

    private static TaskParameters named(Path directory, Task task) throws IOException {
        try (TensorSource tensors = TensorSource.open(directory)) {
            Set<String> names = Set.copyOf(tensors.names());
            return TaskParameters.of(ModelConfig.read(directory), task, names);
        }
    }

    /** RobertaModel has a pooler, and this file has none; a head for words has one here. */
    @ParameterizedTest
    @CsvSource({"roberta-bare, 0, 156", "modernbert-mlm, 5, 0"})
    void namesOfTensorsTellWhatTheFileHas(String name, int labels, int fewer) throws IOException {
        Path directory = encoder(name);
        AdapterConfig adapter = lora("all-linear").build();
        Task task =
                labels == 0
                        ? Task.embedding()
                        : Task.sequenceClassification("a", "b", "c", "d", "e");
        TrainableParameters named = named(directory, task).count(adapter).parameters();
        TrainableParameters counted =
                TaskParameters.of(ModelConfig.read(directory), task).count(adapter).parameters();
        try (LoraModel model = LoraModel.load(directory, task)) {
            model.addAdapter("a", adapter);
            assertThat(named).isEqualTo(model.trainableParameters());
        }
        assertThat(counted).isNotEqualTo(named);
        if (fewer > 0) { // the pooler, and its pair
            assertThat(counted.all() - named.all()).isEqualTo(fewer + 3 * (12 + 12));
        }
    }

    /** What began as a part of W0 is kept, frozen, beside it: as many numbers as train. */
    @Test
    void theOriginIsToldApart() throws IOException {
        TaskParameters model =
                TaskParameters.of(
                        ModelConfig.read(DecoderGolden.model(folder, "llama")),
                        Task.causalLanguageModel());
        AdapterCount plain = model.count(lora("q_proj").build());
        AdapterCount pissa = model.count(lora("q_proj").optInit(Init.PISSA).build());
        assertThat(plain.origin()).isZero();
        assertThat(pissa.origin()).isEqualTo(pissa.parameters().trainable()).isPositive();
        assertThat(pissa.parameters()).isEqualTo(plain.parameters());
        AdapterCount dora = model.count(lora("q_proj").optInit(Init.PISSA).optDora(true).build());
        assertThat(dora.origin()).isEqualTo(plain.parameters().trainable());
    }

    @Test
    void whatCannotBeTrainedIsNotCounted() throws IOException {
        ModelConfig bert = ModelConfig.read(bert("bare"));
        assertThatThrownBy(() -> TaskParameters.of(bert, Task.causalLanguageModel()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not continue texts");
        ModelConfig llama = ModelConfig.read(DecoderGolden.model(folder, "llama"));
        assertThatThrownBy(() -> TaskParameters.of(llama, Task.tokenClassification()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("those that follow them");
        TaskParameters labels = TaskParameters.of(bert, Task.sequenceClassification());
        assertThat(labels.outputs()).isEqualTo(2);
        assertThatThrownBy(() -> labels.count(lora("q_proj").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("q_proj");
        ModelConfig one = ModelConfig.read(encoder("xlm-roberta"));
        assertThatThrownBy(() -> TaskParameters.of(one, Task.sequenceClassification()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("one label");
    }
}
