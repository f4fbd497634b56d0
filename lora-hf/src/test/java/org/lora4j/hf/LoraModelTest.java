/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.adapter.InvalidAdapterException;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.hf.Golden.Rows;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.text.PaddedBatch;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;

/** A model's adapters: added, used, saved, loaded, merged. */
final class LoraModelTest {
    private static final PaddedBatch BATCH = Golden.batches("adapter").get(0).padded();

    @TempDir Path folder;

    private LoraModel bare() throws IOException {
        return LoraModel.load(
                Golden.model(folder, "bare"), Task.sequenceClassification("no", "yes"));
    }

    private static LoraConfigBuilder config() {
        return LoraConfig.builder().setRank(2).setAlpha(5);
    }

    /** Gives an adapter numbers that change the output. */
    private static void fill(LoraModel model, String adapter, int seed) {
        float scale = 0.05f * seed;
        for (NDArray array : Golden.adapter(model, adapter).values()) {
            float[] values = new float[(int) array.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = scale * (float) Math.sin(seed + 1.7 * i);
            }
            try (NDArray filled = array.getManager().create(values, array.getShape())) {
                Torch.copyInto(array, filled);
            }
        }
    }

    @Test
    void aNewAdapterCountsItsPairsAndTheHeadOnce() throws IOException {
        try (LoraModel model = bare()) {
            long base = 60 * 24 + 24 * 24 + 2 * 24 + 2 * 24;
            base += 3 * (4 * (24 * 24 + 24) + 2 * (24 * 40) + 40 + 24 + 4 * 24);
            base += 24 * 24 + 24 + (2 * 24 + 2);
            assertThat(model.trainableParameters().all()).isEqualTo(base);
            model.addAdapter("default", config().build()); // query and value, by the family
            long pairs = 3 * 2 * 2 * (24 + 24);
            long head = 2 * 24 + 2;
            assertThat(model.trainableParameters())
                    .isEqualTo(new TrainableParameters(pairs + head, base + pairs));
            assertThat(new TrainableParameters(74_498, 22_787_714))
                    .hasToString(
                            "trainable params: 74,498 || all params: 22,787,714 || trainable%:"
                                    + " 0.3269");
        }
    }

    @Test
    void aNewAdapterGivesTheBaseToTheBit() throws IOException {
        try (LoraModel model = bare()) {
            float[] base = Golden.logits(model, BATCH);
            model.addAdapter("a", config().optTargetModules("all-linear").build());
            assertThat(Golden.logits(model, BATCH)).containsExactly(base);
            model.addAdapter("b", config().optInit(Init.KAIMING_UNIFORM).build());
            assertThat(Golden.logits(model, BATCH)).containsExactly(base);
            fill(model, "b", 3);
            assertThat(Golden.farthest(Golden.logits(model, BATCH), base)).isGreaterThan(1e-3);
            try (var scope = model.use(AdapterSelection.none())) {
                assertThat(Golden.logits(model, BATCH)).containsExactly(base);
            }
            assertThat(Golden.farthest(Golden.logits(model, BATCH), base)).isGreaterThan(1e-3);
        }
    }

    @Test
    void allLayersAdaptsTheTablesAndIsSavedByName() throws IOException {
        Path out = folder.resolve("adapter");
        float[] logits;
        try (LoraModel model = bare()) {
            model.addAdapter("a", config().optTargetModules("all-layers").build());
            fill(model, "a", 3);
            logits = Golden.logits(model, BATCH);
            model.saveAdapter("a", out);
        }
        assertThat(Files.readString(out.resolve("adapter_config.json")))
                .contains("\"word_embeddings\"", "\"query\"")
                .doesNotContain("all-layers");
        try (LoraModel model = bare()) {
            model.loadAdapter("b", out);
            assertThat(Golden.logits(model, BATCH)).containsExactly(logits);
        }
    }

    @Test
    void theHeadAndADrawnPoolerAreSavedWithTheAdapter() throws IOException {
        Path directory = Golden.model(folder, "bare");
        Weights.edit(directory, tensors -> tensors.keySet().removeIf(n -> n.startsWith("pooler")));
        Path out = folder.resolve("adapter");
        float[] logits;
        try (LoraModel model =
                LoraModel.load(directory, Task.sequenceClassification("no", "yes"))) {
            assertThat(model.drawnLayers())
                    .containsExactlyInAnyOrder("classifier", "bert.pooler.dense");
            model.addAdapter("default", config().build());
            assertThat(Golden.adapter(model, "default"))
                    .containsKeys(
                            "classifier.weight",
                            "classifier.bias",
                            "bert.pooler.dense.weight",
                            "bert.pooler.dense.bias");
            fill(model, "default", 2);
            logits = Golden.logits(model, BATCH);
            model.saveAdapter("default", out);
        }
        LoadOptions otherSeed = LoadOptions.defaults().withSeed(99);
        try (LoraModel model = LoraModel.load(directory, out, otherSeed)) {
            assertThat(model.labels()).containsExactly("no", "yes");
            assertThat(Golden.logits(model, BATCH)).containsExactly(logits);
        }
    }

    @Test
    void savingALoadedAdapterAgainGivesTheSameBytes() throws IOException {
        Path base = Golden.model(folder, "bare");
        Path source = Files.createDirectories(folder.resolve("source"));
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(Golden.file("adapter/" + name), source.resolve(name));
        }
        Path config = source.resolve("adapter_config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"r\": 3,", "\"a_later_key\": [1.50],\n\"r\": 3,"));
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        save(base, source, first);
        save(base, first, second);
        for (String name :
                List.of("adapter_config.json", "adapter_model.safetensors", "lora4j.json")) {
            assertThat(second.resolve(name)).as(name).hasSameBinaryContentAs(first.resolve(name));
        }
        assertThat(Files.readString(first.resolve("adapter_config.json")))
                .contains("a_later_key", "tiny/bare-bert", "\"self.value\": 7.5");
        assertThat(first.resolve("adapter_model.safetensors"))
                .hasSameBinaryContentAs(source.resolve("adapter_model.safetensors"));
    }

    private static void save(Path base, Path from, Path to) throws IOException {
        try (LoraModel model = LoraModel.load(base, from, LoadOptions.defaults())) {
            model.saveAdapter("default", to);
        }
    }

    @Test
    void anAdapterOfAnotherBaseIsNamedWholeAndChangesNothing() throws IOException {
        Path small = Golden.model(folder, "legacy");
        try (LoraModel model = LoraModel.load(small, Task.sequenceClassification("no", "yes"))) {
            model.addAdapter("mine", config().build());
            fill(model, "mine", 2);
            float[] logits = Golden.logits(model, BATCH);
            TrainableParameters before = model.trainableParameters();
            assertThatThrownBy(() -> model.loadAdapter("other", Golden.file("adapter")))
                    .isInstanceOfSatisfying(
                            AdapterMismatchException.class,
                            e -> {
                                // all of 3 layers of 5 pairs, the pooler and the head's weight
                                assertThat(e.mismatches()).hasSize(3 * 5 * 2 + 2 + 1);
                                assertThat(e).hasMessageContaining("(3, 24)");
                                assertThat(e).hasMessageContaining("(3, 12)");
                            });
            assertThat(model.adapterNames()).containsExactly("mine");
            assertThat(model.trainableParameters()).isEqualTo(before);
            assertThat(Golden.logits(model, BATCH)).containsExactly(logits);
            model.addAdapter("other", config().build());
        }
    }

    @Test
    void aRankThatNoTensorHasIsRefusedBeforeMemoryIsTaken() throws IOException {
        Path adapter = Files.createDirectories(folder.resolve("huge"));
        Files.copy(
                Golden.file("adapter/adapter_model.safetensors"),
                adapter.resolve("adapter_model.safetensors"));
        Files.writeString(
                adapter.resolve("adapter_config.json"),
                Files.readString(Golden.file("adapter/adapter_config.json"))
                        .replace("\"r\": 3", "\"r\": 2000000000"));
        try (LoraModel model = bare()) {
            assertThatThrownBy(() -> model.loadAdapter("huge", adapter))
                    .isInstanceOf(AdapterMismatchException.class);
            assertThat(model.adapterNames()).isEmpty();
        }
    }

    @Test
    void anAdapterWithOtherLabelsIsRefused() throws IOException {
        Path directory = Golden.model(folder, "bare");
        Path out = folder.resolve("adapter");
        try (LoraModel model =
                LoraModel.load(directory, Task.sequenceClassification("no", "yes"))) {
            model.addAdapter("default", config().build());
            model.saveAdapter("default", out);
        }
        try (LoraModel model =
                LoraModel.load(directory, Task.sequenceClassification("yes", "no"))) {
            assertThatThrownBy(() -> model.loadAdapter("default", out))
                    .isInstanceOf(InvalidAdapterException.class)
                    .hasMessageContaining("[no, yes]")
                    .hasMessageContaining("[yes, no]");
        }
    }

    @Test
    void threadsUseTheirOwnAdaptersAtOnce() throws Exception {
        try (LoraModel model = bare()) {
            List<AdapterSelection> selections = new ArrayList<>();
            selections.add(AdapterSelection.none());
            for (int i = 1; i <= 3; i++) {
                model.addAdapter("a" + i, config().optTargetModules("all-linear").build());
                fill(model, "a" + i, i);
                selections.add(AdapterSelection.of("a" + i));
            }
            List<float[]> alone = new ArrayList<>();
            for (AdapterSelection selection : selections) {
                try (var scope = model.use(selection);
                        GradMode off = GradMode.off()) {
                    alone.add(Golden.logits(model, BATCH));
                }
            }
            assertThat(alone.get(1)).isNotEqualTo(alone.get(2));
            ExecutorService pool = Executors.newFixedThreadPool(4);
            List<Future<Integer>> wrong = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int thread = t;
                wrong.add(pool.submit(() -> differences(model, selections, alone, thread)));
            }
            for (Future<Integer> count : wrong) {
                assertThat(count.get()).isZero();
            }
            pool.shutdown();
        }
    }

    private static int differences(
            LoraModel model, List<AdapterSelection> selections, List<float[]> alone, int thread) {
        int wrong = 0;
        for (int i = 0; i < 20; i++) {
            int which = (thread + i) % selections.size();
            try (var scope = model.use(selections.get(which));
                    GradMode off = GradMode.off()) {
                float[] logits = Golden.logits(model, BATCH);
                wrong += java.util.Arrays.equals(logits, alone.get(which)) ? 0 : 1;
            }
        }
        return wrong;
    }

    @Test
    void theMergedModelGivesTheSameLogitsAndIsAPlainCheckpoint() throws IOException {
        Path merged = folder.resolve("merged");
        List<Rows> batches = Golden.batches("adapter").subList(0, 2);
        LoraModel model =
                LoraModel.load(
                        Golden.model(folder, "bare"),
                        Golden.file("adapter"),
                        LoadOptions.defaults());
        assertThatIllegalStateException()
                .isThrownBy(() -> model.save(merged))
                .withMessageContaining("mergeAndUnload");
        try (LoraModel plain = model.mergeAndUnload()) {
            for (Rows rows : batches) {
                assertThat(Golden.farthest(Golden.logits(plain, rows.padded()), rows.logits()))
                        .isLessThan(1e-5);
            }
            plain.save(merged);
            assertThatThrownBy(model::trainableParameters)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("mergeAndUnload");
            assertThatIllegalStateException()
                    .isThrownBy(() -> model.addAdapter("b", config().build()));
            model.close(); // does nothing
            Golden.logits(plain, BATCH);
            assertThat(plain.adapterNames()).isEmpty();
        }
        try (LoraModel again = LoraModel.load(merged, Task.sequenceClassification())) {
            assertThat(again.labels()).containsExactly("LABEL_0", "LABEL_1");
            assertThat(again.drawnLayers()).isEmpty();
            for (Rows rows : batches) {
                assertThat(Golden.farthest(Golden.logits(again, rows.padded()), rows.logits()))
                        .isLessThan(1e-5);
            }
        }
    }

    @Test
    void aSavedModelIsItsCheckpointAgain() throws IOException {
        Path out = folder.resolve("saved");
        Path directory = Golden.model(folder, "head");
        Map<String, float[]> tensors;
        try (LoraModel model = LoraModel.load(directory, Task.sequenceClassification())) {
            tensors = Golden.base(model);
            assertThat(model.labels()).containsExactly("no", "maybe", "yes");
            model.save(out);
            assertThatThrownBy(() -> model.save(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("loaded from");
        }
        assertThat(out.resolve("tokenizer.json"))
                .hasSameBinaryContentAs(Golden.file("tokenizer.json"));
        try (LoraModel again = LoraModel.load(out, Task.sequenceClassification())) {
            assertThat(again.labels()).containsExactly("no", "maybe", "yes");
            Golden.base(again)
                    .forEach((name, values) -> assertThat(values).isEqualTo(tensors.get(name)));
        }
    }

    @Test
    void whatCannotBeDoneIsSaid() throws IOException {
        try (LoraModel model = bare()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.trainAdapter("none"))
                    .withMessageContaining("\"none\"");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.setActive(AdapterSelection.of("none")));
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    model.addAdapter(
                                            "a",
                                            config().optTargetModules("pooler.dense")
                                                    .optModulesToSave("encoder")
                                                    .build()))
                    .withMessageContaining("bert.encoder");
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    model.addAdapter(
                                            "a", config().optTargetModules("querry").build()))
                    .withMessageContaining("query");
            assertThat(model.adapterNames()).isEmpty();
            model.addAdapter("a", config().build());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.addAdapter("a", config().build()))
                    .withMessageContaining("already");
            assertThatIllegalStateException().isThrownBy(model::trainAll);
        }
    }

    @Test
    void aLayerCanTrainWhole() throws IOException {
        try (LoraModel model = bare()) {
            float[] base = Golden.logits(model, BATCH);
            model.addAdapter(
                    "a",
                    config().optTargetModules("layer.0.attention.self.query")
                            .optModulesToSave("layer.2", "LayerNorm")
                            .build());
            assertThat(Golden.farthest(Golden.logits(model, BATCH), base)).isLessThan(1e-6);
            assertThat(Golden.adapter(model, "a"))
                    .containsKeys(
                            "bert.encoder.layer.2.attention.self.key.weight",
                            "bert.encoder.layer.0.output.LayerNorm.bias");
            fill(model, "a", 2);
            assertThat(Golden.farthest(Golden.logits(model, BATCH), base)).isGreaterThan(1e-3);
        }
    }
}
