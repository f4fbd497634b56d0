/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.provenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.provenance.Verification.Finding;
import org.lora4j.provenance.Verification.State;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.ValidationInfo;
import org.lora4j.train.metric.EvaluationMetrics;

final class ProvenanceTest {
    /** Of "abc", from FIPS 180-2, appendix B.1. */
    private static final String ABC =
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir private Path folder = Path.of("");
    private Path adapter = Path.of("");
    private Path base = Path.of("");
    private Path data = Path.of("");

    @BeforeEach
    void write() throws IOException {
        adapter = Files.createDirectory(folder.resolve("adapter"));
        base = Files.createDirectory(folder.resolve("base"));
        data = Files.writeString(folder.resolve("train.tsv"), "text\tlabel\n");
        Files.writeString(adapter.resolve("adapter_model.safetensors"), "abc");
        Files.writeString(adapter.resolve("README.md"), "a card");
        Files.createDirectory(adapter.resolve("checkpoints"));
        Files.writeString(base.resolve("model.safetensors"), "weights");
        Files.writeString(base.resolve("config.json"), "{}");
        Files.writeString(base.resolve("notes.txt"), "not of the model");
        EvaluationMetrics metrics = new EvaluationMetrics(0.25, 8, Map.of("accuracy", 0.5));
        LoraTrainingResult result =
                new LoraTrainingResult(
                        2,
                        16,
                        99,
                        1.5,
                        List.of(0.5, 0.25),
                        List.of(),
                        List.of(new ValidationInfo(2, 1, metrics, true)),
                        2,
                        StopReason.COMPLETED);
        Provenance.builder()
                .addSource("base", Source.ofModel(base))
                .addSource("training data", Source.ofFile(data))
                .addConfiguration(
                        "training", LoraTrainingConfig.builder().optSteps(2).build().values())
                .addConfiguration("adapter", Map.of("targets", List.of("query", "value")))
                .addSeed("training", 7)
                .optResult(result)
                .write(adapter);
    }

    private Verification verify() throws IOException {
        return Provenance.read(adapter).verify(adapter, Map.of());
    }

    @Test
    void theManifestHasHashesConfigurationSeedsVersionsAndMetrics() throws IOException {
        JsonObject json =
                JsonParser.parseString(Files.readString(adapter.resolve("provenance.json")))
                        .getAsJsonObject();
        assertThat(json.getAsJsonObject("files").keySet())
                .containsExactly("adapter_model.safetensors");
        assertThat(json.toString()).contains(ABC, "\"bytes\":3");
        assertThat(json.getAsJsonObject("sources").getAsJsonObject("base").toString())
                .contains("config.json", "model.safetensors", base.toString())
                .doesNotContain("notes.txt");
        assertThat(json.getAsJsonObject("configuration").getAsJsonObject("training").keySet())
                .contains("optimizer", "schedule");
        assertThat(json.getAsJsonObject("seeds").get("training").getAsInt()).isEqualTo(7);
        assertThat(json.getAsJsonObject("environment").keySet())
                .contains("lora4j", "java", "pytorch");
        JsonObject metrics = json.getAsJsonObject("metrics");
        assertThat(metrics.get("train_loss").getAsDouble()).isEqualTo(0.375);
        assertThat(metrics.getAsJsonObject("validation").get("accuracy").getAsDouble())
                .isEqualTo(0.5);
        assertThat(Provenance.read(adapter).toJson())
                .isEqualTo(Files.readString(adapter.resolve("provenance.json")));
    }

    @Test
    void whatNobodyChangedIsSound() throws IOException {
        Verification found = verify();
        assertThat(found.isSound()).isTrue();
        assertThat(found.findings()).hasSize(4).allMatch(each -> each.state() == State.SAME);
    }

    @Test
    void aChangedByteIsFoundInEachPart() throws IOException {
        Files.writeString(adapter.resolve("adapter_model.safetensors"), "abd");
        Files.writeString(base.resolve("config.json"), "[]");
        Files.writeString(data, "text\tLabel\n");
        assertThat(verify().faults())
                .containsExactly(
                        new Finding("adapter", "adapter_model.safetensors", State.CHANGED),
                        new Finding("base", "config.json", State.CHANGED),
                        new Finding("training data", "train.tsv", State.CHANGED));
    }

    @Test
    void aFileOfTheAdapterMustBeThereAndASourceMayBeElsewhere() throws IOException {
        Files.delete(adapter.resolve("adapter_model.safetensors"));
        Files.delete(data);
        Verification found = verify();
        assertThat(found.faults())
                .containsExactly(
                        new Finding("adapter", "adapter_model.safetensors", State.MISSING));
        assertThat(found.findings())
                .contains(new Finding("training data", "train.tsv", State.NOT_HERE));
        Path moved = Files.move(base, folder.resolve("moved"));
        Provenance manifest = Provenance.read(adapter);
        assertThat(manifest.verify(adapter, Map.of("base", moved)).findings())
                .contains(new Finding("base", "model.safetensors", State.SAME));
        assertThat(manifest.verify(adapter, Map.of("base", folder)).faults())
                .contains(new Finding("base", "model.safetensors", State.MISSING));
    }

    @Test
    void aFileThatReadersWouldOpenAndTheManifestDoesNotListIsFound() throws IOException {
        Files.writeString(adapter.resolve("adapter_model.bin"), "other weights");
        Files.writeString(adapter.resolve("notes.txt"), "of anybody");
        assertThat(verify().faults())
                .containsExactly(new Finding("adapter", "adapter_model.bin", State.ADDED));
        Files.delete(adapter.resolve("adapter_model.bin"));
        Path file = adapter.resolve("provenance.json");
        JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        json.remove("files");
        Files.writeString(file, json.toString());
        assertThat(verify().faults())
                .containsExactly(new Finding("adapter", "adapter_model.safetensors", State.ADDED));
        json.addProperty("format", 2);
        Files.writeString(file, json.toString());
        assertThatThrownBy(this::verify)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("provenance.json: format is 2; expected 1");
    }

    @Test
    void aDamagedOrHostileManifestIsRefused() throws IOException {
        Path file = adapter.resolve("provenance.json");
        String text = Files.readString(file);
        Files.writeString(file, text.replace("\"adapter_model.safetensors\"", "\"../train.tsv\""));
        assertThatThrownBy(this::verify)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("../train.tsv is damaged; expected the name of a file");
        Files.writeString(file, text.replace(ABC, "ba78"));
        assertThatThrownBy(this::verify).hasMessageContaining("64 hexadecimal digits");
        Files.writeString(file, "{\"format\": 1, \"files\": []}");
        assertThatThrownBy(this::verify).hasMessageContaining("files is damaged");
        Files.delete(file);
        assertThatThrownBy(this::verify)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("provenance.json");
    }
}
