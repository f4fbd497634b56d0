/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.Pooling;
import org.lora4j.testkit.RandomAdapter;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.testkit.WordBert;

/** The files that the example writes are what their names say. */
final class HandOverTest {
    @TempDir Path folder;

    private static LoraConfig config(String target) {
        return LoraConfig.builder().setRank(3).setAlpha(5).optTargetModules(target).build();
    }

    private static String beginning(Path file, int bytes) throws IOException {
        return new String(Files.readAllBytes(file), 0, bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void anEncoderBecomesOnnx() throws IOException {
        Path base = folder.resolve("base");
        WordBert.write(base, List.of("red", "sea"), 5);
        Path adapter = folder.resolve("adapter");
        Task task = Task.embedding(EmbeddingForm.of(Pooling.MEAN));
        RandomAdapter.write(base, adapter, config("query"), task);
        Path file = folder.resolve("model.onnx");
        HandOver.main(new String[] {base.toString(), adapter.toString(), file.toString()});
        assertThat(beginning(file, 10)).contains("lora4j");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HandOver.main(new String[0]))
                .withMessageContaining("MODEL_DIRECTORY ADAPTER OUTPUT");
    }

    @Test
    void aLanguageModelBecomesGguf() throws IOException {
        Path base = TinyLlama.write(folder.resolve("base"), 5);
        Path adapter = folder.resolve("adapter");
        RandomAdapter.write(base, adapter, config("q_proj"));
        Path file = folder.resolve("model.gguf");
        HandOver.main(new String[] {base.toString(), adapter.toString(), file.toString()});
        assertThat(beginning(file, 4)).isEqualTo("GGUF");
        Path alone = folder.resolve("adapter.gguf");
        HandOver.adapterToLlamaCpp(base, adapter, alone);
        assertThat(beginning(alone, 4)).isEqualTo("GGUF");
        assertThat(Files.size(alone)).isLessThan(Files.size(file) / 4);
    }
}
