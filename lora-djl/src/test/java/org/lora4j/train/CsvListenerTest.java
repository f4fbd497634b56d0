/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.train.listener.CsvListener;
import org.lora4j.train.listener.LoggingListener;

final class CsvListenerTest {
    @TempDir private Path directory = Path.of("");

    @Test
    void everyStepAndValidationIsALineAtOnce() throws IOException {
        Path file = directory.resolve("log.csv");
        Files.writeString(file, "an older log\nof two lines\n");
        List<Long> sizes = new java.util.ArrayList<>();
        LoraTrainingResult result;
        Points data = Points.random(20, 4, 1, 10);
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            result =
                    LoraTrainer.builder(task)
                            .setDataset(data)
                            .optValidation(data)
                            .optEpochs(2)
                            .addListener(CsvListener.open(file))
                            .addListener(
                                    LoraTrainerTest.onStep(
                                            step -> sizes.add(file.toFile().length())))
                            .build()
                            .fit();
        }
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(1 + 4 + 2);
        assertThat(lines.get(0)).startsWith("step,epoch,loss,learning_rate,");
        long columns = lines.get(0).split(",", -1).length;
        assertThat(lines)
                .allSatisfy(line -> assertThat(line.split(",", -1)).hasSize((int) columns));
        String[] first = lines.get(1).split(",", -1);
        assertThat(first[0]).isEqualTo("1");
        assertThat(Double.parseDouble(first[2])).isEqualTo(result.lossByStep().get(0));
        assertThat(first[6]).isEmpty();
        String[] validation = lines.get(3).split(",", -1);
        assertThat(validation[0]).isEqualTo("2");
        assertThat(validation[2]).isEmpty();
        assertThat(Double.parseDouble(validation[6]))
                .isEqualTo(result.validations().get(0).metrics().loss());
        assertThat(sizes).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aMissingDirectoryIsFoundOutBeforeTraining() {
        Path file = directory.resolve("absent").resolve("log.csv");
        assertThatThrownBy(() -> CsvListener.open(file))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("absent");
    }

    @Test
    void aFileClosedTooEarlyDoesNotDisturbTheTraining() throws IOException {
        CsvListener closed = CsvListener.open(directory.resolve("log.csv"));
        closed.close();
        closed.close();
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainingResult result =
                    LoraTrainer.builder(task)
                            .setDataset(Points.random(20, 4, 1, 10))
                            .optSteps(3)
                            .addListener(closed)
                            .addListener(new LoggingListener(1))
                            .build()
                            .fit();
            assertThat(result.steps()).isEqualTo(3);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsNamed() {
        assertThatThrownBy(() -> CsvListener.open(Path.of("/dev/full")))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("/dev/full: cannot be written: ");
    }
}
