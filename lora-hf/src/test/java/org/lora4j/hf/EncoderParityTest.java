/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.hf.BertParityTest.Gradients;
import org.lora4j.hf.EncoderGolden.Rows;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.text.PaddedBatch;
import org.lora4j.torch.GradMode;

/** RoBERTa, XLM-RoBERTa, CamemBERT and DistilBERT give transformers' and PEFT's numbers. */
final class EncoderParityTest {
    private static final Set<String> REGRESSIONS =
            Set.of(
                    "xlm-roberta",
                    "distilbert-regression",
                    "mpnet-relu",
                    "modernbert-mean",
                    "deberta-c2p",
                    "mistral-score");
    private static final Task TWO = Task.sequenceClassification("no", "yes");

    @TempDir Path folder;

    private LoraModel load(String name) throws IOException {
        boolean regression = REGRESSIONS.contains(name);
        Task task = regression ? Task.regression() : Task.sequenceClassification();
        return LoraModel.load(EncoderGolden.model(folder, name, json -> {}), task);
    }

    private LoraModel loadAdapted(String base, String family) throws IOException {
        Path model = EncoderGolden.model(folder, base, json -> {});
        Path adapter = EncoderGolden.file(family + "-adapter");
        return LoraModel.load(model, adapter, LoadOptions.defaults());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "roberta",
                "roberta-relu",
                "xlm-roberta",
                "camembert",
                "distilbert",
                "distilbert-relu",
                "distilbert-regression",
                "mpnet",
                "mpnet-relu",
                "modernbert",
                "modernbert-mean",
                "modernbert-old",
                "deberta",
                "deberta-apart",
                "deberta-c2p",
                "deberta-plain",
                "llama-score",
                "mistral-score",
                "qwen2-score",
                "qwen3-score",
                "gemma2-score",
                "phi3-score",
                "gpt2-score"
            })
    void logitsAreTransformers(String name) throws IOException {
        try (LoraModel model = load(name)) {
            assertThat(model.drawnLayers()).isEmpty();
            compare(model, EncoderGolden.batches(name));
        }
    }

    private static void compare(LoraModel model, List<Rows> batches) {
        double ours = 0;
        double theirs = 0;
        for (Rows rows : batches) {
            float[] logits = Golden.logits(model, rows.padded());
            assertThat(Golden.farthest(logits, rows.logits())).isLessThan(1e-4);
            ours = Math.max(ours, Golden.farthest(logits, rows.logits64()));
            theirs = Math.max(theirs, Golden.farthest(rows.logits(), rows.logits64()));
        }
        assertThat(ours)
                .as("the distance from float64")
                .isLessThanOrEqualTo(Math.max(2 * theirs, Golden.ROUNDING));
    }

    @ParameterizedTest
    @CsvSource({
        "roberta-bare, roberta",
        "distilbert-mlm, distilbert",
        "mpnet-bare, mpnet",
        "modernbert-mlm, modernbert",
        "deberta-pooler, deberta",
        "llama-bare, llama",
        "gpt2-bare, gpt2"
    })
    void adaptersGivePeftsLogits(String base, String family) throws IOException {
        List<Rows> batches = EncoderGolden.batches(family + "-adapter");
        try (LoraModel model = loadAdapted(base, family)) {
            compare(model, batches);
            model.setActive(AdapterSelection.none());
            Rows rows = batches.get(0);
            assertThat(Golden.farthest(Golden.logits(model, rows.padded()), rows.logits()))
                    .as("without the adapter")
                    .isGreaterThan(1e-2);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "roberta-bare, roberta",
        "distilbert-mlm, distilbert",
        "mpnet-bare, mpnet",
        "modernbert-mlm, modernbert",
        "deberta-pooler, deberta",
        "llama-bare, llama",
        "gpt2-bare, gpt2"
    })
    void gradientsArePefts(String base, String family) throws IOException {
        JsonObject json =
                Golden.json(EncoderGolden.file(family + "-adapter/expected.json"))
                        .getAsJsonObject("gradients");
        float[] labels = new Gson().fromJson(json.get("labels"), float[].class);
        Map<String, float[]> expected =
                tensors(EncoderGolden.file(family + "-adapter/gradients.safetensors"));
        try (LoraModel model = loadAdapted(base, family)) {
            model.trainAdapter("default");
            PaddedBatch texts = EncoderGolden.rows(json).padded();
            Gradients found = Gradients.of(model, new TextBatch(texts, labels));
            assertThat(found.loss()).isEqualTo(json.get("loss").getAsDouble(), within(1e-5));
            assertThat(found.byPath().keySet()).isEqualTo(expected.keySet());
            found.byPath()
                    .forEach(
                            (path, gradient) -> {
                                float[] other = expected.get(path);
                                assertThat(Golden.farthest(gradient, other))
                                        .as(path)
                                        .isLessThan(1e-5);
                                assertThat(BertParityTest.magnitude(other))
                                        .as("%s is not nothing", path)
                                        .isGreaterThan(1e-4);
                            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "roberta-bare, roberta",
        "distilbert-mlm, distilbert",
        "mpnet-bare, mpnet",
        "modernbert-mlm, modernbert",
        "deberta-pooler, deberta",
        "llama-bare, llama",
        "gpt2-bare, gpt2"
    })
    void adaptersAreWrittenAsPeftWroteThem(String base, String family) throws IOException {
        Path peft = EncoderGolden.file(family + "-adapter");
        Path again = folder.resolve("again");
        try (LoraModel model = loadAdapted(base, family)) {
            model.saveAdapter("default", again);
        }
        Map<String, float[]> expected = tensors(peft.resolve("adapter_model.safetensors"));
        Map<String, float[]> found = tensors(again.resolve("adapter_model.safetensors"));
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        found.forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
        JsonObject theirs = Golden.json(peft.resolve("adapter_config.json"));
        JsonObject ours = Golden.json(again.resolve("adapter_config.json"));
        assertThat(ours.get("modules_to_save")).isEqualTo(theirs.get("modules_to_save"));
        assertThat(ours.get("rank_pattern")).isEqualTo(theirs.get("rank_pattern"));
    }

    @ParameterizedTest
    @CsvSource({
        "roberta-bare, query value, classifier.dense classifier.out_proj, classifier score",
        "distilbert-mlm, q_lin v_lin, pre_classifier classifier, pre_classifier classifier score",
        "mpnet-bare, q v, classifier.dense classifier.out_proj, classifier score",
        "deberta-bare, query_proj value_proj, pooler.dense classifier, classifier pooler.dense"
                + " score"
    })
    void aDrawnHeadTrainsWholeAndIsSaved(String base, String targets, String drawn, String saved)
            throws IOException {
        Path directory = EncoderGolden.model(folder, base, json -> {});
        Path adapter = folder.resolve("adapter");
        Rows rows = EncoderGolden.batches(base.replaceAll("-.*", "")).get(0);
        float[] logits;
        try (LoraModel model = LoraModel.load(directory, TWO)) {
            assertThat(model.drawnLayers()).containsExactlyInAnyOrder(words(drawn));
            LoraConfig config = LoraConfig.builder().setRank(2).setAlpha(3).build();
            model.addAdapter("default", config);
            long encoder = 2 * 2 * (2 * 12 + 2 * 12); // layers, targets, A and B
            long head = 12 * 12 + 12 + 2 * 12 + 2;
            assertThat(model.trainableParameters().trainable()).isEqualTo(encoder + head);
            model.saveAdapter("default", adapter);
            logits = Golden.logits(model, rows.padded());
        }
        JsonObject file = Golden.json(adapter.resolve("adapter_config.json"));
        assertThat(new Gson().fromJson(file.get("modules_to_save"), String[].class))
                .containsExactly(words(saved));
        assertThat(new Gson().fromJson(file.get("target_modules"), String[].class))
                .containsExactlyInAnyOrder(words(targets));
        for (String layer : words(drawn)) {
            assertThat(tensors(adapter.resolve("adapter_model.safetensors")))
                    .containsKey("base_model.model." + layer + ".weight");
        }
        LoadOptions otherSeed = LoadOptions.defaults().withSeed(77);
        try (LoraModel model = LoraModel.load(directory, adapter, otherSeed)) {
            assertThat(Golden.logits(model, rows.padded())).isEqualTo(logits);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "roberta, 12",
        "distilbert, 12",
        "mpnet, 12",
        "modernbert, 17",
        "modernbert-mean, 17",
        "deberta, 13",
        "deberta-apart, 17",
        "deberta-c2p, 16",
        "qwen3-score, 14",
        "phi3-score, 8",
        "gpt2-score, 8"
    })
    void allLinearIsWhatPeftTakes(String name, int count) throws IOException {
        try (LoraModel model = load(name)) {
            LoraConfig config =
                    LoraConfig.builder()
                            .setRank(2)
                            .setAlpha(3)
                            .optTargetModules("all-linear")
                            .build();
            Injection injection = model.addAdapter("default", config);
            assertThat(injection.layers())
                    .hasSize(count)
                    .noneMatch(layer -> layer.path().contains("classifier"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "roberta-bare, roberta, RobertaForSequenceClassification",
        "distilbert-mlm, distilbert, DistilBertForSequenceClassification",
        "mpnet-bare, mpnet, MPNetForSequenceClassification",
        "modernbert-mlm, modernbert, ModernBertForSequenceClassification",
        "deberta-pooler, deberta, DebertaV2ForSequenceClassification",
        "llama-bare, llama, LlamaForSequenceClassification",
        "gpt2-bare, gpt2, GPT2ForSequenceClassification"
    })
    void mergingAndSavingGivesTheSameModel(String base, String family, String architecture)
            throws IOException {
        Rows rows = EncoderGolden.batches(family + "-adapter").get(1);
        Path merged = folder.resolve("merged");
        try (LoraModel model = loadAdapted(base, family);
                LoraModel plain = model.mergeAndUnload()) {
            assertThat(Golden.farthest(Golden.logits(plain, rows.padded()), rows.logits()))
                    .isLessThan(1e-4);
            plain.save(merged);
        }
        JsonObject config = Golden.json(merged.resolve("config.json"));
        assertThat(config.getAsJsonArray("architectures").get(0).getAsString())
                .isEqualTo(architecture);
        try (LoraModel again = LoraModel.load(merged, Task.sequenceClassification())) {
            assertThat(again.drawnLayers()).isEmpty();
            assertThat(Golden.farthest(Golden.logits(again, rows.padded()), rows.logits()))
                    .isLessThan(1e-4);
        }
    }

    @Test
    void robertasPositionsSkipPaddingWhereverItIs() throws IOException {
        Rows rows = EncoderGolden.batches("roberta-relu").get(2);
        int[] row = rows.ids()[0];
        assertThat(rows.pad()).isEqualTo(3);
        int more = 5;
        long[] ids = new long[row.length + more];
        long[] mask = new long[ids.length];
        ids[0] = row[0]; // the head reads the first position
        mask[0] = 1;
        for (int i = 1; i < ids.length; i++) {
            ids[i] = i <= more ? rows.pad() : row[i - more];
            mask[i] = i <= more ? 0 : 1;
        }
        try (LoraModel model = load("roberta-relu")) {
            assertThat(Golden.farthest(run(model, ids, mask, new long[ids.length]), rows.logits()))
                    .isLessThan(1e-5);
            for (int i = 1; i <= more; i++) {
                ids[i] = 4; // masked all the same, but counted
            }
            assertThat(Golden.farthest(run(model, ids, mask, new long[ids.length]), rows.logits()))
                    .isGreaterThan(1e-3);
        }
    }

    /** Positions count a text's own tokens, so that a side of padding or a gap changes nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-score", "gpt2-score"})
    void aDecoderReadsTheLastTokenWhereverPaddingIs(String name) throws IOException {
        Rows rows = EncoderGolden.batches(name).get(2);
        int[] row = rows.ids()[0];
        long[] left = new long[row.length + 4];
        long[] mask = new long[left.length];
        Arrays.fill(left, rows.pad());
        for (int i = 0; i < row.length; i++) {
            int at = i == 0 ? 1 : i + 4; // a gap after the first token
            left[at] = row[i];
            mask[at] = 1;
        }
        try (LoraModel model = load(name)) {
            float[] found = run(model, left, mask, new long[left.length]);
            assertThat(Golden.farthest(found, rows.logits())).isLessThan(1e-5);
            mask[left.length - 3] = 0; // the last that is not the padding token
            float[] without = run(model, left, mask, new long[left.length]);
            assertThat(Golden.farthest(without, rows.logits())).isGreaterThan(1e-3);
        }
    }

    @Test
    void textsOfDebertaHaveNoAdaptersOfTheirOwn() throws IOException {
        try (LoraModel model = load("deberta")) {
            LoraConfig config = LoraConfig.builder().setRank(2).setAlpha(3).build();
            model.addAdapter("one", config);
            model.addAdapter("two", config);
            long[] ids = {5, 9, 13, 21, 6};
            long[] ones = {1, 1, 1, 1, 1};
            try (ActiveAdapters.Scope own = model.use(AdapterRows.of("one"))) {
                assertThatThrownBy(() -> run(model, ids, ones, new long[5]))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("relative positions of a DeBERTa");
            }
        }
    }

    @Test
    void tokenTypesAreReadOnlyWhereThereAreSeveral() throws IOException {
        long[] ids = {5, 9, 13, 21, 6};
        long[] mask = {1, 1, 1, 1, 1};
        long[] types = {0, 0, 1, 1, 1};
        for (String name : List.of("roberta", "distilbert", "xlm-roberta")) {
            try (LoraModel model = load(name)) {
                float[] without = run(model, ids, mask, new long[5]);
                float[] with = run(model, ids, mask, types);
                double difference = Golden.farthest(with, without);
                if (name.equals("xlm-roberta")) {
                    assertThat(difference).isGreaterThan(1e-3);
                } else {
                    assertThat(difference).isZero();
                    assertThat(model.classifier().typeVocabularySize())
                            .isEqualTo(Integer.MAX_VALUE);
                }
            }
        }
    }

    @Test
    void aTextAsLongAsThePositionsIsRun() throws IOException {
        for (String name : List.of("roberta", "roberta-relu", "distilbert", "mpnet")) {
            try (LoraModel model = load(name)) {
                assertThat(model.maxPositions()).isEqualTo(24);
                assertThat(EncoderGolden.batches(name).get(1).padded().columns()).isEqualTo(24);
            }
        }
    }

    @Test
    void whatMakesNoModelIsRefusedByName() throws IOException {
        refused("roberta", "model_type", "funnel", "funnel", "bert", "distilbert", "roberta");
        refused("roberta", "model_type", "funnel", "xlm-roberta", "camembert");
        refused("roberta", "pad_token_id", 25, "pad_token_id is 25", "26");
        refused("roberta", "pad_token_id", -1, "pad_token_id is -1");
        refused("roberta", "is_decoder", true, "is_decoder");
        refused("mpnet", "relative_attention_num_buckets", 31, "is 31", "32 at least");
        refused("deberta", "conv_kernel_size", 3, "conv_kernel_size is 3", "convolution");
        refused("deberta", "pos_att_type", "c2p|p2p", "pos_att_type", "p2p");
        refused("deberta", "pooler_hidden_size", 16, "pooler_hidden_size is 16");
        refused("deberta", "attention_head_size", 5, "attention_head_size is 5");
        refused("deberta", "position_buckets", 60, "position_buckets is 60");
        refused("modernbert", "classifier_pooling", "max", "classifier_pooling", "max", "mean");
        refused("modernbert", "num_attention_heads", 4, "heads have 3 channels");
        refused("modernbert", "layer_types", List.of("chunked_attention"), "layer_types");
        refused("mpnet", "is_decoder", true, "is_decoder");
        refused("distilbert", "n_heads", 5, "dim 12", "n_heads 5");
        refused("distilbert", "activation", "mish?", "activation", "mish?", "gelu");
        refused("distilbert", "hidden_dim", 21, "distilbert.transformer.layer.1.ffn.lin2.weight");
    }

    private void refused(String name, String key, Object value, String... said) throws IOException {
        Path directory =
                EncoderGolden.model(
                        folder, name, json -> json.add(key, new Gson().toJsonTree(value)));
        assertThatThrownBy(() -> LoraModel.load(directory, Task.sequenceClassification()))
                .isInstanceOf(IOException.class)
                .message()
                .contains(said);
    }

    private static float[] run(LoraModel model, long[] ids, long[] mask, long[] types) {
        Shape shape = new Shape(1, ids.length);
        try (NDManager scope = model.manager().newSubManager();
                GradMode off = GradMode.off()) {
            NDArray x = scope.create(ids, shape);
            NDList inputs = new NDList(x, scope.create(mask, shape), scope.create(types, shape));
            return model.block()
                    .forward(new ParameterStore(scope, false), inputs, false)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    private static String[] words(String text) {
        return text.split(" ", -1);
    }

    private static Map<String, float[]> tensors(Path file) throws IOException {
        Map<String, float[]> all = new java.util.TreeMap<>();
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file);
                NDManager manager = NDManager.newBaseManager("PyTorch")) {
            for (String tensor : tensors.names()) {
                all.put(tensor, tensors.readFloat32(manager, tensor).toFloatArray());
            }
        }
        return all;
    }
}
