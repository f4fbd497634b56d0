/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.predict.Entity;
import org.lora4j.testkit.WordBert;

/** The examples of predictors learn what they show. */
final class PredictorsTest {
    @TempDir Path folder;
    private Path base = Path.of("");

    @BeforeEach
    void write() throws IOException {
        base = folder.resolve("base");
        WordBert.write(
                base,
                List.of("ada", "bob", "went", "to", "rome", "oslo", "good", "bad", "late", "film"),
                5);
    }

    @Test
    void entitiesAreFound() throws IOException {
        Path train = folder.resolve("train.jsonl");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            lines.append(
                    "{\"text\":\"%s went to %s\",\"spans\":[[0,3,\"PER\"],[12,16,\"LOC\"]]}\n"
                            .formatted(i % 3 == 0 ? "ada" : "bob", i % 2 == 0 ? "rome" : "oslo"));
        }
        Files.writeString(train, lines);
        Path adapter = folder.resolve("adapter");
        List<Entity> found = FindEntities.run(base, train, adapter, "Ada went to Oslo", 60);
        assertThat(found).extracting(Entity::text).containsExactly("Ada", "Oslo");
        assertThat(found).extracting(Entity::label).containsExactly("PER", "LOC");
        assertThat(adapter.resolve("adapter_config.json")).content().contains("TOKEN_CLS");
    }
}
