/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("once-per-jdk")
final class EventFileTest {
    private static final double SECONDS = 1234567890.125;

    @TempDir private Path directory = Path.of("");

    @Test
    void theFileIsByteForByteWhatTensorBoardsWriterMakes() throws IOException {
        Path run = directory.resolve("logs").resolve("run");
        Path file;
        try (EventFile events = EventFile.create(run, () -> SECONDS)) {
            file = events.path();
            events.text(
                    0,
                    "configuration",
                    "| setting | value |\n|---|---|\n| schedule | gr\u00f6\u00dfer |\n");
            events.restart(301);
            events.scalars(301, values(0.7));
            events.scalars(1L << 40, values(Double.NaN));
        }
        assertThat(file.getParent()).isEqualTo(run);
        assertThat(file.getFileName().toString()).startsWith("events.out.tfevents.1234567890.");
        assertThat(Files.readAllBytes(file)).isEqualTo(golden());
    }

    @Test
    void twoFilesOfOneMomentHaveTwoNames() throws IOException {
        try (EventFile first = EventFile.create(directory, () -> SECONDS);
                EventFile second = EventFile.create(directory, () -> SECONDS)) {
            assertThat(first.path()).isNotEqualTo(second.path());
        }
    }

    private static Map<String, Double> values(double loss) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("train/loss", loss);
        values.put("train/learning_rate", 1e-4);
        return values;
    }

    private static byte[] golden() throws IOException {
        try (InputStream in =
                EventFileTest.class.getResourceAsStream("/golden/tensorboard/events.tfevents")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }
}
