/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.hf.Golden;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.Weights;
import org.lora4j.torch.TensorDtype;

/** What a saved model keeps of its base, and what it takes from the adapter merged into it. */
@Timeout(60)
final class ModelFilesTest {
    private static final String QUERY = "encoder.layer.1.attention.self.query.weight";

    @TempDir Path folder;

    private Path base = Path.of("");
    private Path adapter = Path.of("");

    @BeforeEach
    void copy() throws IOException {
        base = Golden.model(folder, "bare");
        adapter = Files.createDirectory(folder.resolve("adapter"));
        try (Stream<Path> files = Files.list(Golden.file("adapter"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, adapter.resolve(file.getFileName()));
            }
        }
    }

    private static void write(Path directory, String... names) throws IOException {
        for (String name : names) {
            Path file = directory.resolve(name);
            Files.createDirectories(file.getParent());
            if (name.equals("added_tokens.json")) { // from tokens to ids
                Files.writeString(file, "{}");
                continue;
            }
            Files.writeString(
                    file,
                    name.endsWith(".json") ? "{\"_from\": \"" + directory + "\"}" : "x" + name);
        }
    }

    private Path merge() throws IOException {
        return merge(LoadOptions.defaults(), TensorDtype.F32);
    }

    private Path merge(LoadOptions options, TensorDtype dtype) throws IOException {
        Path merged = folder.resolve("merged");
        try (LoraModel model = LoraModel.load(base, adapter, options);
                LoraModel plain = model.mergeAndUnload()) {
            plain.save(merged, dtype);
        }
        return merged;
    }

    private static void assertSame(Path directory, Path from, String... names) {
        for (String name : names) {
            assertThat(directory.resolve(name)).hasSameBinaryContentAs(from.resolve(name));
        }
    }

    @Test
    void everySmallFileOfTheBaseIsKept() throws IOException {
        String[] kept = {
            "generation_config.json",
            "chat_template.jinja",
            "chat_template.json",
            "additional_chat_templates/tool_use.jinja",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.txt",
            "merges.txt",
            "spiece.model",
            "qwen.tiktoken",
            "preprocessor_config.json",
            "modules.json",
            "sentence_bert_config.json",
            "config_sentence_transformers.json",
            "1_Pooling/config.json",
            "2_Dense/model.safetensors"
        };
        write(base, kept);
        write(base, "modeling_custom.py", "README.md", "pytorch_model.bin", "2_Dense/model.bin");
        write(base, "training_args.bin", "data/train.jsonl", "model-q4.gguf");
        Files.createDirectory(base.resolve("processor_config.json"));
        // as the cache of Hugging Face has it
        Path blob = Files.move(base.resolve("vocab.txt"), folder.resolve("blob"));
        Files.createSymbolicLink(base.resolve("vocab.txt"), blob);
        Path saved = merge();
        assertSame(saved, base, kept);
        assertSame(saved, base, "tokenizer.json");
        assertThat(saved.resolve("vocab.txt"))
                .isRegularFile()
                .satisfies(file -> assertThat(Files.isSymbolicLink(file)).isFalse());
        try (Stream<Path> files = Files.walk(saved)) {
            // beside them: model.safetensors, tokenizer.json and config.json
            assertThat(files.filter(Files::isRegularFile)).hasSize(kept.length + 3);
        }
    }

    @Test
    void theAdaptersTokenizerAndTemplatesWin() throws IOException {
        write(base, "generation_config.json", "chat_template.jinja", "vocab.txt");
        write(base, "additional_chat_templates/tool_use.jinja", "special_tokens_map.json");
        Files.copy(base.resolve("tokenizer.json"), adapter.resolve("tokenizer.json"));
        Files.writeString(
                adapter.resolve("tokenizer.json"), " ", java.nio.file.StandardOpenOption.APPEND);
        write(adapter, "tokenizer_config.json", "chat_template.jinja", "generation_config.json");
        Path saved = merge();
        assertSame(
                saved, adapter, "tokenizer.json", "tokenizer_config.json", "chat_template.jinja");
        assertSame(saved, base, "generation_config.json");
        assertThat(saved.resolve("vocab.txt")).doesNotExist();
        assertThat(saved.resolve("additional_chat_templates")).doesNotExist();
        assertThat(saved.resolve("special_tokens_map.json")).doesNotExist();
    }

    @Test
    void aTemplateInTheAdaptersSettingsBeatsTheBasesFile() throws IOException {
        write(base, "chat_template.jinja", "special_tokens_map.json");
        Files.writeString(
                adapter.resolve("tokenizer_config.json"), "{\"chat_template\": \"adapter's\"}");
        Path saved = merge();
        assertSame(saved, adapter, "tokenizer_config.json");
        assertSame(saved, base, "tokenizer.json");
        assertThat(saved.resolve("chat_template.jinja")).doesNotExist();
    }

    @Test
    void templatesInTheBasesSettingsAreNotLostToTheAdapters() throws IOException {
        Files.writeString(
                base.resolve("tokenizer_config.json"),
                "{\"chat_template\": [{\"name\": \"default\", \"template\": \"one\"},"
                        + "{\"name\": \"tool_use\", \"template\": \"two\"},"
                        + "{\"name\": \"../out\", \"template\": \"three\"}]}");
        write(adapter, "tokenizer_config.json");
        Path saved = merge();
        assertThat(saved.resolve("chat_template.jinja")).hasContent("one");
        assertThat(saved.resolve("additional_chat_templates/tool_use.jinja")).hasContent("two");
        assertThat(folder.resolve("out.jinja")).doesNotExist();
        assertThat(saved.resolve("out.jinja")).doesNotExist();
    }

    @Test
    void theFilesOfAnEarlierModelGoAndOthersStay() throws IOException {
        Path merged = folder.resolve("merged");
        write(merged, "chat_template.jinja", "model-00001-of-00002.safetensors", "notes.md");
        write(merged, "config.json", "runs/1.log");
        assertThat(merge()).isEqualTo(merged);
        assertThat(merged.resolve("chat_template.jinja")).doesNotExist();
        assertThat(merged.resolve("model-00001-of-00002.safetensors")).doesNotExist();
        assertThat(merged.resolve("notes.md")).exists();
        assertThat(merged.resolve("runs/1.log")).exists();
        LoraModel.load(merged, Task.sequenceClassification()).close();
    }

    @Test
    void aModelIsNotSavedBesideAnAdapter() throws IOException {
        Files.createDirectory(folder.resolve("merged"));
        Files.copy(
                adapter.resolve("adapter_config.json"),
                folder.resolve("merged/adapter_config.json"));
        assertThatThrownBy(this::merge)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("holds an adapter");
    }

    private void editBase(Consumer<Map<String, NDArray>> change) throws IOException {
        Weights.edit(base, change);
    }

    private static void set(NDArray array, int index, float value) {
        float[] values = array.toFloatArray();
        values[index] = value;
        array.set(values);
    }

    @Test
    void aBaseWithNanIsNotMerged() throws IOException {
        editBase(tensors -> set(tensors.get("embeddings.LayerNorm.weight"), 3, Float.NaN));
        assertRefused("bert.embeddings.LayerNorm.weight", "base's weight");
    }

    @Test
    void anAdapterWithInfinityIsNotMerged() throws IOException {
        Weights.editFile(
                adapter.resolve("adapter_model.safetensors"),
                tensors ->
                        tensors.forEach(
                                (name, array) -> {
                                    if (name.contains("layer.1.attention.self.query.lora_B")) {
                                        set(array, 5, Float.POSITIVE_INFINITY);
                                    }
                                }));
        assertRefused("bert.encoder.layer.1.attention.self.query", "lora_B.weight");
    }

    private void assertRefused(String path, String said) {
        assertThatIllegalStateException()
                .isThrownBy(this::merge)
                .withMessageContaining(path)
                .withMessageContaining(said);
        assertThat(folder.resolve("merged")).doesNotExist();
    }

    /** 65500 + 2·50·50 is beyond float16, whose largest number is 65504. */
    @Test
    void aSumBeyondFloat16IsNotMerged() throws IOException {
        editBase(tensors -> set(tensors.get(QUERY), 0, 65500));
        Weights.editFile(
                adapter.resolve("adapter_model.safetensors"),
                tensors ->
                        tensors.forEach(
                                (name, array) -> {
                                    if (name.contains("layer.1.attention.self.query.lora_")) {
                                        set(array, 0, 50);
                                    }
                                }));
        LoadOptions half = LoadOptions.defaults().withDtype(TensorDtype.F16);
        try (LoraModel model = LoraModel.load(base, adapter, half)) {
            assertThatIllegalStateException()
                    .isThrownBy(model::mergeAndUnload)
                    .withMessageContaining("bert.encoder.layer.1.attention.self.query")
                    .withMessageContaining("beyond the range");
            model.saveAdapter("default", folder.resolve("kept")); // it is as it was
        }
        assertThatThrownBy(() -> merge(LoadOptions.defaults(), TensorDtype.F16))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("bert.encoder.layer.1.attention.self.query.weight")
                .hasMessageContaining("65504");
        assertThat(folder.resolve("merged")).doesNotExist();
        merge(LoadOptions.defaults(), TensorDtype.F32);
    }
}
