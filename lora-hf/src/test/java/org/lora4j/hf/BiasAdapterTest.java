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
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BertParityTest.Gradients;
import org.lora4j.hf.Golden.Rows;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;

/** Adapters that PEFT trained with biases compute, train and are saved as there. */
final class BiasAdapterTest {
    @TempDir Path folder;

    private static Path adapter(Bias mode) {
        return Golden.golden("bias/" + mode.name().toLowerCase(java.util.Locale.ROOT));
    }

    private static JsonObject expected(Bias mode) {
        return Golden.json(adapter(mode).resolve("expected.json"));
    }

    private LoraModel bare() throws IOException {
        return LoraModel.load(
                Golden.model(folder, "bare"), Task.sequenceClassification("no", "yes"));
    }

    @ParameterizedTest
    @EnumSource(names = {"ALL", "LORA_ONLY"})
    void logitsCountsAndGradientsArePefts(Bias mode) throws IOException {
        try (LoraModel model = bare()) {
            Map<String, float[]> base = Golden.base(model);
            model.loadAdapter("a", adapter(mode));
            Rows rows =
                    new Gson()
                            .fromJson(expected(mode).getAsJsonArray("batches").get(0), Rows.class);
            float[] logits = Golden.logits(model, rows.padded());
            assertThat(Golden.farthest(logits, rows.logits())).isLessThan(1e-4);
            model.trainAdapter("a");
            assertThat(model.trainableParameters())
                    .isEqualTo(
                            new TrainableParameters(
                                    expected(mode).get("trainable").getAsLong(),
                                    expected(mode).get("all").getAsLong()));
            JsonObject training = expected(mode).getAsJsonObject("training");
            Map<String, float[]> gradients =
                    Golden.tensors(adapter(mode).resolve("gradients.safetensors"));
            Gradients found = Gradients.of(model, batch(training));
            assertThat(found.loss()).isEqualTo(training.get("loss").getAsDouble(), within(1e-5));
            assertThat(found.byPath().keySet()).isEqualTo(gradients.keySet());
            found.byPath()
                    .forEach(
                            (path, gradient) ->
                                    assertThat(Golden.farthest(gradient, gradients.get(path)))
                                            .as(path)
                                            .isLessThan(1e-5));
            Golden.base(model)
                    .forEach((name, now) -> assertThat(now).as(name).isEqualTo(base.get(name)));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ALL", "LORA_ONLY"})
    void theFilesAreWrittenAsPeftDoes(Bias mode) throws IOException {
        Path out = folder.resolve("again");
        try (LoraModel model = bare()) {
            model.loadAdapter("a", adapter(mode));
            model.saveAdapter("a", out);
        }
        assertThat(Golden.json(out.resolve("adapter_config.json")).get("bias"))
                .isEqualTo(Golden.json(adapter(mode).resolve("adapter_config.json")).get("bias"));
        Map<String, float[]> theirs =
                Golden.tensors(adapter(mode).resolve("adapter_model.safetensors"));
        Map<String, float[]> ours = Golden.tensors(out.resolve("adapter_model.safetensors"));
        assertThat(ours.keySet()).isEqualTo(theirs.keySet());
        ours.forEach(
                (tensor, values) -> {
                    // with "all" the base's own head lies beside the adapter's; here it is drawn
                    if (!tensor.contains("original_module")) {
                        assertThat(values).as(tensor).isEqualTo(theirs.get(tensor));
                    }
                });
    }

    @ParameterizedTest
    @EnumSource(names = {"ALL", "LORA_ONLY"})
    void mergingKeepsTheBiasesAndAnotherAdapterHasItsOwn(Bias mode) throws IOException {
        try (LoraModel model = bare()) {
            PaddedBatch batch = batch(expected(mode).getAsJsonObject("training")).texts();
            model.addAdapter(
                    "own", LoraConfig.builder().setRank(2).setAlpha(5).optBias(mode).build());
            float[] own = Golden.logits(model, batch);
            model.loadAdapter("a", adapter(mode));
            float[] a = Golden.logits(model, batch);
            assertThat(Golden.farthest(a, own)).isGreaterThan(1e-2);
            model.setActive(AdapterSelection.of("own"));
            assertThat(Golden.logits(model, batch)).isEqualTo(own);
            model.setActive(AdapterSelection.of("a"));
            Path out = folder.resolve("merged");
            try (LoraModel merged = model.mergeAndUnload()) {
                assertThat(Golden.farthest(Golden.logits(merged, batch), a)).isLessThan(1e-5);
                merged.save(out);
            }
            try (LoraModel again = LoraModel.load(out, Task.sequenceClassification())) {
                assertThat(Golden.farthest(Golden.logits(again, batch), a)).isLessThan(1e-5);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ALL", "LORA_ONLY"})
    void aBiasThatIsMissingOrTooManyIsNamed(Bias mode) throws IOException {
        Path copy = folder.resolve("other");
        String name = "bert.encoder.layer.1.attention.self.query.base_layer.bias";
        try (LoraModel model = bare()) {
            model.loadAdapter("a", adapter(mode));
            model.saveAdapter("a", copy);
        }
        Weights.editFile(
                copy.resolve("adapter_model.safetensors"),
                tensors -> {
                    NDArray values = tensors.remove("base_model.model." + name);
                    assertThat(values).isNotNull();
                    tensors.put("base_model.model.bert.nowhere.bias", values);
                });
        try (LoraModel model = bare()) {
            assertThatThrownBy(() -> model.loadAdapter("a", copy))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessageContaining(name)
                    .hasMessageContaining("bert.nowhere.bias");
            assertThat(model.adapterNames()).isEmpty();
        }
    }

    private static TextBatch batch(JsonObject training) {
        Rows all = new Gson().fromJson(training, Rows.class);
        int[] labels = new Gson().fromJson(training.get("labels"), int[].class);
        List<TokenizedExample> examples = new ArrayList<>();
        float[] targets = new float[labels.length];
        for (int i = 0; i < labels.length; i++) {
            examples.add(new TokenizedExample(i, all.ids()[i], all.types()[i], 0));
            targets[i] = labels[i];
        }
        return new TextBatch(PaddedBatch.of(examples, 0), targets);
    }
}
