/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.generate.FinishReason;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.DecoderGolden;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingTask;

/** Generation ends where training taught to end, with adapters, merged, and saved. */
final class LearntEndsTest {
    private static final int[] PROMPT = {7, 12, 5};
    private static final GenerationConfig CONFIG =
            GenerationConfig.builder().optMaxNewTokens(12).build();

    @TempDir Path folder;

    private static Generation text(LoraModel model) {
        return TextGenerator.of(model).generate(PROMPT, CONFIG);
    }

    /** An adapter of the tiny Llama whose notes name an end token. */
    private Path adapter(String name, int end) throws IOException {
        Path directory = Files.createDirectory(folder.resolve(name));
        Path source = DecoderGolden.file("llama-adapter");
        for (String file : new String[] {"adapter_config.json", "adapter_model.safetensors"}) {
            Files.copy(source.resolve(file), directory.resolve(file));
        }
        Files.writeString(
                directory.resolve(AdapterNotes.FILE_NAME), "{\"end_token_ids\": [" + end + "]}");
        return directory;
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    @Test
    void aTextEndsAtTheTokenThatTheActiveAdapterLearnt() throws IOException {
        Path directory = DecoderGolden.model(folder, "llama");
        int third;
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            model.loadAdapter("plain", DecoderGolden.file("llama-adapter"));
            third = text(model).generatedIds().get(2);
        }
        Path learnt = adapter("learnt", third);
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            model.loadAdapter("a", learnt);
            assertThat(text(model).finish()).isEqualTo(FinishReason.END_TOKEN);
            assertThat(text(model).generatedIds()).hasSizeLessThanOrEqualTo(3).endsWith(third);
            model.loadAdapter("b", adapter("other", 29));
            AdapterSelection both = AdapterSelection.of("a", "b");
            assertThat(model.learntEndTokens(both)).containsExactlyInAnyOrder(third, 29);
            assertThat(model.learntEndTokens(AdapterSelection.of("b"))).containsExactly(29);
            assertThat(model.learntEndTokens(AdapterSelection.none())).isEmpty();
            Path saved = folder.resolve("saved");
            model.saveAdapter("a", saved);
            assertThat(AdapterNotes.read(saved.resolve(AdapterNotes.FILE_NAME)).endTokens())
                    .containsExactly(third);
            model.deleteAdapter("b");
            assertThat(model.learntEndTokens(AdapterSelection.of("b"))).isEmpty();
        }
    }

    @Test
    void aMergedModelEndsThereTooAndItsFilesSayIt() throws IOException {
        Path directory = DecoderGolden.model(folder, "llama");
        Files.writeString(
                directory.resolve("generation_config.json"),
                "{\"eos_token_id\": 2, \"repetition_penalty\": 1.1}");
        Path learnt = adapter("learnt", 31);
        Path merged = folder.resolve("merged");
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            model.loadAdapter("a", learnt);
            try (LoraModel plain = model.mergeAndUnload()) {
                assertThat(plain.learntEndTokens(AdapterSelection.none())).containsExactly(31);
                plain.save(merged);
            }
        }
        JsonObject file = json(merged.resolve("generation_config.json"));
        assertThat(file.get("eos_token_id")).hasToString("[2,31]");
        assertThat(file.get("repetition_penalty").getAsDouble()).isEqualTo(1.1);

        Files.delete(directory.resolve("generation_config.json"));
        Path again = folder.resolve("again");
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            model.loadAdapter("a", learnt);
            try (LoraModel plain = model.mergeAndUnload()) {
                plain.save(again);
            }
        }
        JsonObject made = json(again.resolve("generation_config.json"));
        assertThat(made.get("eos_token_id")).hasToString("[2,31]");
        assertThat(made.get("_from_model_config").getAsBoolean()).isTrue();
    }

    @Test
    void aTrainingStepTeachesItsEndsToTheAdapterThatTrains() throws IOException {
        DecoderGolden.Expected data = DecoderGolden.expected("llama");
        try (LoraModel model = DecoderGolden.load(folder, "llama");
                NDManager scope = model.manager().newSubManager()) {
            LoraConfig config = LoraConfig.builder().setRank(2).setAlpha(4).build();
            model.addAdapter("first", config);
            model.addAdapter("second", config);
            CausalBatch batch =
                    new CausalBatch(
                            DecoderGolden.packed(data.ids(), data.labels(), 0), Set.of(2, 17));
            TrainingTask<CausalBatch> task = model.trainingTask(CausalBatch.class);
            NDList hidden = task.input(scope, batch);
            for (Stage stage : task.stages()) {
                hidden = stage.apply(scope, hidden);
            }
            task.head(scope, hidden, batch);
            assertThat(model.learntEndTokens(AdapterSelection.of("second")))
                    .containsExactlyInAnyOrder(2, 17);
            assertThat(model.learntEndTokens(AdapterSelection.of("first"))).isEmpty();
        }
    }
}
