/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.train.listener.CsvListener;
import org.lora4j.train.listener.JsonListener;
import org.lora4j.train.listener.TensorBoardListener;

/** The logs of a training, and what it tells the Flight Recorder. */
final class WatchingTest {
    private static final Points DATA = Points.random(20, 4, 1, 10);

    @TempDir private Path directory = Path.of("");

    private static LoraTrainingResult train(TrainingListener... listeners) {
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer.Builder<PointBatch> builder =
                    LoraTrainer.builder(task)
                            .setDataset(DATA)
                            .optValidation(DATA)
                            .optEpochs(2)
                            .optConfig(c -> c.optLearningRate(0.01).optSeed(7));
            for (TrainingListener listener : listeners) {
                builder.addListener(listener);
            }
            return builder.build().fit();
        }
    }

    private static List<JsonObject> lines(Path file) throws IOException {
        List<JsonObject> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(JsonParser.parseString(line).getAsJsonObject());
        }
        return lines;
    }

    @Test
    void aLogHasTheConfigurationEachStepEachValidationAndTheEnd() throws IOException {
        Path file = directory.resolve("log.jsonl");
        LoraTrainingResult result = train(JsonListener.open(file));
        List<JsonObject> lines = lines(file);
        assertThat(lines).hasSize(1 + 4 + 2 + 1);
        JsonObject start = lines.get(0).getAsJsonObject("start");
        assertThat(start.get("total_steps").getAsInt()).isEqualTo(4);
        assertThat(start.get("learning_rate").getAsDouble()).isEqualTo(0.01);
        assertThat(start.get("optimizer").getAsString()).isEqualTo("adamw");
        assertThat(start.get("schedule").getAsString()).isEqualTo("linear, warm-up ratio 0.06");
        JsonObject step = lines.get(2);
        assertThat(step.get("step").getAsInt()).isEqualTo(2);
        assertThat(step.get("loss").getAsDouble()).isEqualTo(result.lossByStep().get(1));
        assertThat(step.get("examples").getAsInt()).isEqualTo(10);
        assertThat(step.get("seconds").getAsDouble())
                .isPositive()
                .isLessThan(result.trainSeconds());
        JsonObject validation = lines.get(3).getAsJsonObject("validation");
        assertThat(validation.get("loss").getAsDouble())
                .isEqualTo(result.validations().get(0).metrics().loss());
        assertThat(validation.has("accuracy")).isTrue();
        JsonObject end = lines.get(7).getAsJsonObject("end");
        assertThat(end.get("stop_reason").getAsString()).isEqualTo("completed");
        assertThat(end.get("saved_step").getAsInt()).isEqualTo(result.restoredStep());
    }

    @Test
    void logsGoOnWhereAStateWasSaved() throws IOException {
        Path json = directory.resolve("log.jsonl");
        Path csv = directory.resolve("loss.csv");
        JsonListener log = JsonListener.open(json);
        CsvListener table = CsvListener.open(csv);
        List<String> marks = new ArrayList<>();
        TrainingListener saved =
                LoraTrainerTest.onStep(
                        step -> {
                            if (step.step() == 3) {
                                marks.add(log.mark());
                                marks.add(table.mark());
                            }
                        });
        train(log, table, saved);
        List<JsonObject> first = lines(json);
        List<String> rows = Files.readAllLines(csv);
        try (JsonListener resumed = JsonListener.reopen(json);
                CsvListener continued = CsvListener.reopen(csv)) {
            TrainingStart start =
                    new TrainingStart(
                            LoraTrainingConfig.builder().optSteps(4).build(), 4, 3, 1, List.of());
            resumed.onStart(start);
            continued.onStart(start);
            resumed.onResume(new TrainingListener.Resumed(3, marks.get(0), 0));
            continued.onResume(new TrainingListener.Resumed(3, marks.get(1), 0));
            assertThat(Files.size(json)).isEqualTo(Long.parseLong(marks.get(0)));
            StepInfo step = new StepInfo(4, 4, 2, 0.5, 0.1, 1, 10, 0, 0.1, 100, 0);
            resumed.onStep(step);
            continued.onStep(step);
        }
        List<JsonObject> second = lines(json);
        assertThat(second).hasSize(1 + 3 + 1 + 1);
        assertThat(second.subList(0, 5)).isEqualTo(first.subList(0, 5));
        assertThat(second.get(5).get("loss").getAsDouble()).isEqualTo(0.5);
        List<String> again = Files.readAllLines(csv);
        assertThat(again).hasSize(1 + 3 + 1 + 1);
        assertThat(again.subList(0, 5)).isEqualTo(rows.subList(0, 5));
        assertThat(again.get(5)).startsWith("4,2,0.5,0.1,1.0,");
    }

    @Test
    void aResumedRunTellsTensorBoardToDropWhatIsTakenAgain() throws IOException {
        Path fresh = directory.resolve("fresh");
        train(TensorBoardListener.open(fresh));
        Path resumed = directory.resolve("resumed");
        StepInfo third = new StepInfo(3, 4, 2, 0.5, 0.1, 1, 10, 64, 0.1, 100, 0);
        try (TensorBoardListener listener = TensorBoardListener.open(resumed)) {
            listener.onResume(new TrainingListener.Resumed(2, "", 0));
            listener.onStep(third);
        }
        String restart = "\u0010\u0003\u003a\u0002\u0008\u0001"; // step 3, session log, START
        assertThat(content(fresh))
                .contains("configuration", "train/loss", "validation/accuracy")
                .doesNotContain(restart);
        assertThat(content(resumed)).contains(restart, "speed/tokens_per_second");
    }

    private static String content(Path run) throws IOException {
        try (var files = Files.list(run)) {
            return Files.readString(files.findFirst().orElseThrow(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void theFlightRecorderSeesStepsAndValidations() throws IOException {
        Path file = directory.resolve("training.jfr");
        LoraTrainingResult result;
        try (Recording recording = new Recording()) {
            recording.start();
            result = train();
            recording.stop();
            recording.dump(file);
        }
        // Tests that run side by side are in the recording, too.
        List<RecordedEvent> own =
                RecordingFile.readAllEvents(file).stream()
                        .filter(e -> e.getEventType().getName().startsWith("org.lora4j."))
                        .filter(
                                e ->
                                        e.getThread().getJavaThreadId()
                                                == Thread.currentThread().getId())
                        .toList();
        List<RecordedEvent> steps =
                own.stream()
                        .filter(e -> e.getEventType().getName().equals("org.lora4j.TrainingStep"))
                        .toList();
        assertThat(steps.stream().map(e -> e.getDouble("loss")).toList())
                .isEqualTo(result.lossByStep());
        assertThat(steps).allSatisfy(e -> assertThat(e.getDuration().toNanos()).isPositive());
        assertThat(steps.get(3).getInt("step")).isEqualTo(4);
        assertThat(steps.get(3).getInt("epoch")).isEqualTo(2);
        assertThat(steps.get(3).getDouble("learningRate")).isPositive();
        assertThat(
                        own.stream()
                                .filter(
                                        e ->
                                                e.getEventType()
                                                        .getName()
                                                        .equals("org.lora4j.Validation"))
                                .map(e -> e.getDouble("loss")))
                .containsExactlyElementsOf(
                        result.validations().stream().map(v -> v.metrics().loss()).toList());
    }
}
