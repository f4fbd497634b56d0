/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TextExample;

/** Model directories that are right, and those that are not. */
@Timeout(20)
final class LoadingTest {
    private static final Task TWO = Task.sequenceClassification("no", "yes");

    @TempDir Path folder;

    static Stream<Arguments> configurations() {
        return Stream.of(
                change("hidden_size", null, "hidden_size"),
                change("hidden_size", 25, "25", "3"),
                change("hidden_size", 48, "tensors differ", "word_embeddings"),
                change("hidden_size", 2_147_483_646, "word_embeddings"),
                change("hidden_size", "24", "hidden_size", "\"24\""),
                change("hidden_size", 1e300, "hidden_size"),
                change("num_attention_heads", 0, "num_attention_heads"),
                change("num_hidden_layers", 2_000_000_000, "layer.3", "100 or more"),
                change("num_hidden_layers", 4, "layer.3.attention.self.query.weight is missing"),
                change("num_hidden_layers", -1, "num_hidden_layers"),
                change("vocab_size", 61, "word_embeddings", "(60, 24)", "(61, 24)"),
                change("type_vocab_size", 0, "type_vocab_size"),
                change("hidden_act", "gelv", "gelv", "gelu_new"),
                change("hidden_dropout_prob", 1.0, "hidden_dropout_prob"),
                change("layer_norm_eps", -1, "layer_norm_eps"),
                change("position_embedding_type", "relative_key", "relative_key"),
                change("model_type", "t5", "t5", "bert"),
                change("model_type", null, "model_type"));
    }

    private static Arguments change(String key, Object value, String... said) {
        Consumer<JsonObject> edit =
                json -> {
                    if (value == null) {
                        json.remove(key);
                    } else if (value instanceof Number number) {
                        json.addProperty(key, number);
                    } else {
                        json.addProperty(key, value.toString());
                    }
                };
        return Arguments.of(key + " " + value, edit, List.of(said));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("configurations")
    void aWrongConfigurationIsNamed(String name, Consumer<JsonObject> edit, List<String> said) {
        Path directory = Golden.model(folder, "bare", edit);
        assertThatThrownBy(() -> LoraModel.load(directory, TWO))
                .isInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(said));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void aBrokenConfigurationIsNamed(String text) throws IOException {
        Path directory = Golden.model(folder, "bare");
        Files.writeString(directory.resolve("config.json"), text);
        assertThatThrownBy(() -> LoraModel.load(directory, TWO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("config.json");
    }

    static Stream<String> texts() {
        return Stream.of("", "[]", "{", "null", "{\"model_type\": [1]}", "[".repeat(100_000));
    }

    @Test
    void labelsThatAreNotAListAreNamed() {
        for (String ids : List.of("{\"1\":\"a\",\"2\":\"b\"}", "{\"x\":\"a\"}", "{\"0\":[]}")) {
            Path directory =
                    Golden.model(
                            folder,
                            "head",
                            json ->
                                    json.add(
                                            "id2label",
                                            com.google.gson.JsonParser.parseString(ids)));
            assertThatThrownBy(() -> LoraModel.load(directory, Task.sequenceClassification()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("id2label");
        }
    }

    @Test
    void missingFilesAreNamed() throws IOException {
        Path absent = folder.resolve("absent");
        assertThatThrownBy(() -> LoraModel.load(absent, TWO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(absent.toString())
                .hasMessageContaining("config.json");
        for (String file : List.of("model.safetensors", "config.json")) {
            Path directory = Golden.model(folder, "bare");
            Files.delete(directory.resolve(file));
            assertThatThrownBy(() -> LoraModel.load(directory, TWO))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(file);
        }
        Path ids = Golden.model(folder, "bare");
        Files.delete(ids.resolve("tokenizer.json"));
        try (LoraModel model = LoraModel.load(ids, TWO)) { // takes token ids only
            assertThat(model.hasTokenizer()).isFalse();
            assertThatThrownBy(model::tokenizer)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(ids.toString())
                    .hasMessageContaining("tokenizer.json");
        }
    }

    @Test
    void everyTensorThatDiffersIsNamedAtOnce() throws IOException {
        Path directory = Golden.model(folder, "bare");
        Weights.edit(
                directory,
                tensors -> {
                    tensors.remove("encoder.layer.0.attention.self.key.bias");
                    var query = "encoder.layer.1.attention.self.query.weight";
                    tensors.put(query, tensors.get(query).get("1:"));
                });
        assertThatThrownBy(() -> LoraModel.load(directory, TWO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("2 tensors differ")
                .hasMessageContaining("layer.0.attention.self.key.bias is missing, expected (24)")
                .hasMessageContaining("layer.1.attention.self.query.weight is (23, 24)");
    }

    @Test
    void twoTensorsOfOneNameAreRefused() throws IOException {
        Path directory = Golden.model(folder, "bare");
        Weights.edit(
                directory,
                tensors -> tensors.put("bert.pooler.dense.bias", tensors.get("pooler.dense.bias")));
        assertThatThrownBy(() -> LoraModel.load(directory, TWO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("bert.pooler.dense.bias and pooler.dense.bias");
    }

    @Test
    void theHeadDecidesWhatTheModelCanBeUsedFor() throws IOException {
        Path head = Golden.model(folder, "head");
        assertThatThrownBy(() -> LoraModel.load(head, TWO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the labels [no, maybe, yes]")
                .hasMessageContaining("the labels [no, yes]")
                .hasMessageContaining("LoadOptions.withNewHead(true)");
        assertThatThrownBy(() -> LoraModel.load(head, Task.regression()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the task is a number");
        assertThatThrownBy(
                        () ->
                                LoraModel.load(
                                        Golden.model(folder, "regression"),
                                        Task.sequenceClassification("a", "b")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("one output, for a number");
        assertThatThrownBy(
                        () ->
                                LoraModel.load(
                                        Golden.model(folder, "regression"),
                                        Task.sequenceClassification()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Task.regression()");
        assertThatThrownBy(
                        () ->
                                LoraModel.load(
                                        Golden.model(folder, "bare"),
                                        Task.sequenceClassification()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no classification head");
        Path many =
                Golden.model(
                        folder,
                        "head",
                        json -> json.addProperty("problem_type", "multi_label_classification"));
        assertThatThrownBy(() -> LoraModel.load(many, Task.sequenceClassification()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("multi_label");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Task.sequenceClassification("one"))
                .withMessageContaining("regression");
        for (String[] other :
                List.of(new String[] {"a", "b", "c"}, new String[] {"yes", "maybe", "no"})) {
            assertThatThrownBy(() -> LoraModel.load(head, Task.sequenceClassification(other)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("[no, maybe, yes]")
                    .hasMessageContaining(List.of(other).toString());
        }
        Path unnamed = Golden.model(folder, "head", json -> json.remove("id2label"));
        try (LoraModel model =
                LoraModel.load(unnamed, Task.sequenceClassification("a", "b", "c"))) {
            assertThat(model.labels()).containsExactly("a", "b", "c");
            assertThat(model.drawnLayers()).isEmpty();
        }
    }

    @Test
    void aDrawnHeadDependsOnTheSeedAlone() throws IOException {
        Path directory = Golden.model(folder, "bare");
        float[] first = head(directory, 0);
        assertThat(head(directory, 0)).isEqualTo(first);
        assertThat(head(directory, 1)).isNotEqualTo(first);
        double sum = 0;
        for (float value : first) {
            sum += value * value;
        }
        assertThat(Math.sqrt(sum / first.length)).isBetween(0.01, 0.03); // initializer_range 0.02
    }

    private static float[] head(Path directory, long seed) throws IOException {
        try (LoraModel model =
                LoraModel.load(directory, TWO, LoadOptions.defaults().withSeed(seed))) {
            Map<String, float[]> tensors = Golden.base(model);
            assertThat(tensors.get("classifier.bias")).containsOnly(0f);
            return tensors.get("classifier.weight");
        }
    }

    /** Two rows beside a head of three labels, and three under other names. */
    @ParameterizedTest
    @ValueSource(strings = {"a,b", "a,b,c", ""})
    void aNewHeadHasTheTasksLabels(String names) throws IOException {
        Path base =
                Golden.model(
                        folder, "head", json -> json.addProperty("num_labels", 3)); // old files
        Task task =
                names.isEmpty()
                        ? Task.regression()
                        : Task.sequenceClassification(names.split(",", -1));
        List<String> labels = names.isEmpty() ? List.of() : List.of(names.split(",", -1));
        Path adapter = folder.resolve("adapter");
        Path merged = folder.resolve("merged");
        PaddedBatch batch = Golden.batches("head").get(0).padded();
        float[] logits;
        try (LoraModel model =
                LoraModel.load(base, task, LoadOptions.defaults().withNewHead(true))) {
            assertThat(model.drawnLayers()).containsExactly("classifier");
            assertThat(model.labels()).isEqualTo(labels);
            model.addAdapter("default", LoraConfig.builder().setRank(2).setAlpha(4).build());
            logits = Golden.logits(model, batch);
            assertThat(logits).hasSize(batch.rows() * Math.max(1, labels.size()));
            model.saveAdapter("default", adapter);
        }
        try (LoraModel model = LoraModel.load(base, adapter, LoadOptions.defaults().withSeed(9))) {
            assertThat(model.labels()).isEqualTo(labels);
            assertThat(Golden.logits(model, batch)).containsExactly(logits);
            try (LoraModel plain = model.mergeAndUnload()) {
                plain.save(merged);
            }
        }
        JsonObject config = Golden.json(merged.resolve("config.json"));
        assertThat(config.getAsJsonObject("id2label").size()).isEqualTo(Math.max(1, labels.size()));
        assertThat(config.has("num_labels")).isFalse();
        Task own = names.isEmpty() ? task : Task.sequenceClassification();
        try (LoraModel model = LoraModel.load(merged, own)) {
            assertThat(model.labels()).isEqualTo(labels);
            assertThat(Golden.farthest(Golden.logits(model, batch), logits)).isLessThan(1e-5);
        }
    }

    @Test
    void anAdapterKeepsTheBasesHeadWhereItFits() throws IOException {
        Path base = Golden.model(folder, "head");
        Path adapter = folder.resolve("adapter");
        try (LoraModel model = LoraModel.load(base, Task.sequenceClassification())) {
            model.addAdapter("default", LoraConfig.builder().setRank(2).setAlpha(4).build());
            model.saveAdapter("default", adapter);
        }
        try (LoraModel model = LoraModel.load(base, adapter, LoadOptions.defaults())) {
            assertThat(model.drawnLayers()).isEmpty();
        }
    }

    @Test
    void textsThatTheModelHasNoRowsForAreRefused() throws IOException {
        Path directory = Golden.model(folder, "bare");
        Files.writeString(
                directory.resolve("tokenizer.json"),
                Files.readString(directory.resolve("tokenizer.json"))
                        .replace("\"film\":32", "\"film\":320"));
        try (LoraModel model = LoraModel.load(directory, TWO)) {
            assertThat(data(model, "the plot").size()).isEqualTo(1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> data(model, "the film"))
                    .withMessageContaining("320")
                    .withMessageContaining("60");
        }
    }

    @Test
    void longTextsAreCutToTheModelsPositions() throws IOException {
        try (LoraModel model = LoraModel.load(Golden.model(folder, "bare"), TWO)) {
            assertThat(model.maxPositions()).isEqualTo(24);
            TextDataset data = data(model, "a ".repeat(500));
            assertThat(data.truncated()).isEqualTo(1);
            assertThat(data.longest()).isEqualTo(24);
            assertThat(data.tokens()).isEqualTo(24);
            model.addAdapter("default", LoraConfig.builder().setRank(2).setAlpha(4).build());
            assertThat(new Evaluator(model).predict(data)).hasSize(1);
        }
    }

    private static TextDataset data(LoraModel model, String text) {
        return TextDataset.forPrediction(
                model,
                List.of(new TextExample(1, text, null, null)),
                "texts",
                BatchOptions.defaults());
    }
}
