/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of sentence-transformers folders, of old versions and new. */
@Tag("once-per-jdk")
final class EmbeddingFilesTest {
    @TempDir Path folder;

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void modules(String... kinds) throws IOException {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < kinds.length; i++) {
            String path = i == 0 ? "" : i + "_" + kinds[i].replaceFirst(".*\\.", "");
            list.append(i == 0 ? "" : ",")
                    .append(
                            "{\"idx\": %d, \"name\": \"%d\", \"path\": \"%s\", \"type\": \"%s\"}"
                                    .formatted(i, i, path, kinds[i]));
        }
        write("modules.json", "[" + list + "]");
    }

    @Test
    void withoutModulesThereIsMeanPooling() throws IOException {
        assertThat(EmbeddingFiles.read(folder)).isEqualTo(EmbeddingForm.of(Pooling.MEAN));
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        EmbeddingForm form =
                new EmbeddingForm(
                        List.of(Pooling.CLS, Pooling.MEAN),
                        false,
                        true,
                        77,
                        true,
                        Map.of("query", "q: "),
                        "query",
                        20);
        for (Map.Entry<String, String> file : EmbeddingFiles.of(form, 24).entrySet()) {
            write(file.getKey(), file.getValue());
        }
        assertThat(EmbeddingFiles.read(folder)).isEqualTo(form);
    }

    @Test
    void filesOfVersionSixAreRead() throws IOException {
        modules(
                "sentence_transformers.base.modules.transformer.Transformer",
                "sentence_transformers.sentence_transformer.modules.pooling.Pooling");
        write("1_Pooling/config.json", "{\"pooling_mode\": [\"lasttoken\", \"weightedmean\"]}");
        write("sentence_bert_config.json", "{\"module_output_name\": \"token_embeddings\"}");
        assertThat(EmbeddingFiles.read(folder).poolings())
                .containsExactly(Pooling.LAST_TOKEN, Pooling.WEIGHTED_MEAN);
    }

    @Test
    void whatIsNotSupportedIsRefusedByName() throws IOException {
        String models = "sentence_transformers.models.";
        modules(models + "Transformer", models + "Pooling", models + "Dense");
        write("1_Pooling/config.json", "{}");
        assertThatThrownBy(() -> EmbeddingFiles.read(folder))
                .hasMessageContaining("module 2 is sentence_transformers.models.Dense");
        modules(models + "Transformer", models + "Pooling");
        write("1_Pooling/config.json", "{\"pooling_mode\": \"attention\"}");
        assertThatThrownBy(() -> EmbeddingFiles.read(folder))
                .hasMessageContaining("pooling_mode \"attention\" is not supported");
        modules(models + "Transformer");
        assertThatThrownBy(() -> EmbeddingFiles.read(folder)).hasMessageContaining("no Pooling");
        write("modules.json", "{}");
        assertThatThrownBy(() -> EmbeddingFiles.read(folder))
                .hasMessageContaining("list of modules");
        modules("my.own.Transformer", models + "Pooling");
        assertThatThrownBy(() -> EmbeddingFiles.read(folder)).hasMessageContaining("my.own");
    }

    @Test
    void settingsOfAnotherKindAreRefused() throws IOException {
        String settings = "config_sentence_transformers.json";
        for (String value : List.of("-8", "0", "8.5", "\"8\"", "1e12", "true")) {
            write(settings, "{\"truncate_dim\": " + value + "}");
            assertThatThrownBy(() -> EmbeddingFiles.read(folder))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("truncate_dim is " + value);
        }
        write(settings, "{\"truncate_dim\": 8.0}");
        assertThat(EmbeddingFiles.read(folder).dimensions()).isEqualTo(8);
        write(settings, "{\"prompts\": {\"query\": 5}}");
        assertThatThrownBy(() -> EmbeddingFiles.read(folder))
                .hasMessageContaining("the prompt query is 5; expected a text");
        write(settings, "{}");
        write("sentence_bert_config.json", "{\"max_seq_length\": \"12\"}");
        assertThatThrownBy(() -> EmbeddingFiles.read(folder))
                .hasMessageContaining("max_seq_length is \"12\"");
    }
}
