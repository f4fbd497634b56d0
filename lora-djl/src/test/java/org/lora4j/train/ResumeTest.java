/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.files.Sha256;
import org.lora4j.train.checkpoint.Resume;
import org.lora4j.train.checkpoint.ResumeRefusedException;
import org.lora4j.train.checkpoint.SavedCheckpoint;
import org.lora4j.train.listener.CsvListener;
import org.lora4j.train.report.ReportListener;
import org.lora4j.train.report.TrainingCurve;

final class ResumeTest {
    /** Nine batches a pass. */
    private static final Points DATA = Points.random(60, 4, 1, 7);

    private static final Points VALIDATION = Points.random(24, 4, 2, 24);
    static final int STEPS = 14;

    @TempDir private Path folder = Path.of("");

    static Stream<UnaryOperator<LoraTrainingConfig.Builder>> configurations() {
        return Stream.of(
                c -> c.optEvaluateEverySteps(3),
                c -> c.optAccumulation(4).optClipNorm(0.5),
                c -> c.optEpochs(2).optOptimizer(OptimizerKind.SGD).optRestoreBest(false),
                c -> c.optLearningRate(0.3).optEvaluateEverySteps(1).optPatience(2));
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void aResumedTrainingEqualsTheWholeOneFromAnyStep(
            UnaryOperator<LoraTrainingConfig.Builder> change) throws IOException {
        Path whole = folder.resolve("whole");
        Run run =
                run(
                        change,
                        whole,
                        3,
                        b -> b.optSaveEvery(1).optKeepCheckpoints(0).optHook(waiting(whole)));
        int last = run.result.steps();
        List<Integer> saved =
                steps(whole).stream().map(name -> Integer.parseInt(name.substring(5))).toList();
        assertThat(saved).hasSizeGreaterThan(last / 2).contains(last);
        for (int step : saved) {
            Path killed = folder.resolve("killed-" + step);
            Files.createDirectories(killed.resolve("step-" + step));
            copy(whole.resolve("loss.csv"), killed.resolve("loss.csv"));
            for (String file : List.of("state.safetensors", "state.json", "SHA256SUMS")) {
                String name = "step-" + step + "/" + file;
                copy(whole.resolve(name), killed.resolve(name));
            }
            Run resumed = run(change, killed, 99 + step, b -> b.optResume(Resume.auto()));
            assertThat(resumed.bits).as("from step %d", step).containsExactly(run.bits);
            assertThat(resumed.result.lossByStep()).isEqualTo(run.result.lossByStep());
            assertThat(resumed.result.lossByEpoch()).isEqualTo(run.result.lossByEpoch());
            assertThat(resumed.result.validations()).isEqualTo(run.result.validations());
            assertThat(resumed.result.restoredStep()).isEqualTo(run.result.restoredStep());
            assertThat(resumed.result.stopReason()).isEqualTo(run.result.stopReason());
            assertThat(resumed.steps).isEqualTo(run.steps.subList(step, run.steps.size()));
            assertThat(table(killed)).isEqualTo(table(whole));
            assertThat(killed.resolve("step-" + last + "/state.safetensors"))
                    .hasSameBinaryContentAs(whole.resolve("step-" + last + "/state.safetensors"));
        }
    }

    /** Waits for each checkpoint, since one that falls due while another is written comes later. */
    static TrainingState.Hook waiting(Path directory) {
        return new TrainingState.Hook() {
            @Override
            public void onStep(TrainingState state) {
                Path previous = directory.resolve("step-" + (state.steps() - 1));
                try {
                    for (int i = 0; i < 100 && state.steps() > 1 && !Files.exists(previous); i++) {
                        Thread.sleep(5);
                    }
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
    }

    static List<String> steps(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("step-"))
                    .toList();
        }
    }

    /** The rows without the columns that are measured. */
    static List<String> table(Path directory) throws IOException {
        return Files.readAllLines(directory.resolve("loss.csv")).stream()
                .map(
                        line -> {
                            List<String> cells = new ArrayList<>(List.of(line.split(",", -1)));
                            cells.set(5, "");
                            return String.join(",", cells.subList(0, 13));
                        })
                .toList();
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void aCancelledTrainingLeavesACheckpointFromWhichItGoesOn() throws IOException {
        UnaryOperator<LoraTrainingConfig.Builder> change = c -> c.optEvaluateEverySteps(4);
        Run whole = run(change, folder.resolve("whole"), 3, b -> b);
        Path place = folder.resolve("cancelled");
        List<LoraTrainer<PointBatch>> trainers = new ArrayList<>();
        Files.createDirectories(place);
        try (MlpTask task = new MlpTask(4, 8, 3, 0.3, 3)) {
            trainers.add(
                    trainer(task, change, place)
                            .optSaveEvery(Duration.ofHours(1))
                            .addListener(
                                    LoraTrainerTest.onStep(
                                            step -> {
                                                if (step.step() == 8) {
                                                    trainers.get(0).cancel();
                                                }
                                            }))
                            .build());
            assertThat(trainers.get(0).fit().stopReason()).isEqualTo(StopReason.CANCELLED);
        }
        assertThat(place.resolve("step-8/SHA256SUMS")).exists();
        Run resumed = run(change, place, 4, b -> b.optResume(Resume.auto()));
        assertThat(resumed.bits).containsExactly(whole.bits);
        assertThat(resumed.result.validations()).isEqualTo(whole.result.validations());
    }

    @Test
    void theLatestCheckpointsStayAndListenersAreTold() throws IOException {
        List<Integer> told = new ArrayList<>();
        Path place = folder.resolve("kept");
        run(
                c -> c,
                place,
                3,
                b ->
                        b.optSaveEvery(1)
                                .addListener(
                                        new TrainingListener() {
                                            @Override
                                            public void onCheckpoint(SavedCheckpoint saved) {
                                                assertThat(saved.directory()).isDirectory();
                                                told.add(saved.step());
                                            }
                                        }));
        assertThat(told).isSorted().contains(STEPS);
        assertThat(place.resolve("step-" + STEPS)).isDirectory();
        assertThat(steps(place)).hasSizeLessThanOrEqualTo(2);
        assertThat(place).isDirectoryNotContaining("glob:**/.*");
    }

    @Test
    void anotherConfigurationIsRefusedByNameUnlessForced() {
        Path place = folder.resolve("other");
        run(c -> c.optSteps(5), place, 3, b -> b);
        assertThatThrownBy(
                        () ->
                                run(
                                        c -> c.optSteps(9).optLearningRate(0.01),
                                        place,
                                        3,
                                        b -> b.optResume(Resume.auto())))
                .isInstanceOf(ResumeRefusedException.class)
                .hasMessageContaining("step-5 is a checkpoint of another training: ")
                .hasMessageContaining("learning rate is 0.01, and was 0.05")
                .hasMessageContaining("steps is 9, and was 5");
        Run forced =
                run(
                        c -> c.optSteps(9).optLearningRate(0.01),
                        place,
                        3,
                        b -> b.optResume(Resume.auto().forced()));
        assertThat(forced.result.steps()).isEqualTo(9);
        assertThat(forced.steps).hasSize(4);
    }

    @Test
    void otherBatchesAreRefusedThoughTheDataHaveNoId() {
        Path place = folder.resolve("data");
        run(c -> c.optSteps(5), place, 3, b -> b);
        assertThatThrownBy(
                        () ->
                                run(
                                        c -> c.optSteps(5),
                                        place,
                                        3,
                                        b ->
                                                b.setDataset(DATA.withSizes(6))
                                                        .optResume(Resume.auto())))
                .isInstanceOf(ResumeRefusedException.class)
                .hasMessageContaining("epoch 0 of the training data has 10 batches, and had 9");
        assertThatThrownBy(
                        () ->
                                run(
                                        c -> c.optSteps(5),
                                        place,
                                        3,
                                        b ->
                                                b.setDataset(DATA.withSizes(6, 8))
                                                        .optResume(Resume.auto())))
                .isInstanceOf(ResumeRefusedException.class)
                .hasMessageContaining("the 5 batches of epoch 0 that were used are not those");
    }

    @Test
    void aDirectoryWithCheckpointsIsNotUsedUnasked() throws IOException {
        Path place = folder.resolve("again");
        run(c -> c.optSteps(5), place, 3, b -> b);
        assertThatThrownBy(() -> run(c -> c, place, 3, b -> b))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("holds the checkpoint step-5 of a training");
        run(c -> c.optSteps(3), place, 3, b -> b.optResume(Resume.afresh()));
        assertThat(steps(place)).containsExactly("step-3");
    }

    @Test
    void aDamagedCheckpointIsPassedOver() throws IOException {
        Path place = folder.resolve("damaged");
        Run whole = run(c -> c, folder.resolve("whole"), 3, b -> b);
        run(c -> c, place, 3, b -> b.optSaveEvery(5).optHook(waiting(place)));
        Path file = place.resolve("step-14/state.json");
        Files.writeString(file, Files.readString(file).replace("\"epoch\": ", "\"epoch\":  "));
        Run resumed = run(c -> c, place, 5, b -> b.optResume(Resume.auto()));
        assertThat(resumed.steps).hasSize(4);
        assertThat(resumed.bits).containsExactly(whole.bits);
        Files.writeString(file, "{}", StandardCharsets.UTF_8);
        assertThatThrownBy(
                        () ->
                                run(
                                        c -> c,
                                        place,
                                        5,
                                        b -> b.optResume(Resume.from(file.getParent()))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("step-14: is damaged");
    }

    @Test
    void aCheckpointOfAnotherVersionIsRefusedAndStays() throws IOException {
        Path place = folder.resolve("newer");
        run(c -> c, place, 3, b -> b.optSaveEvery(5).optHook(waiting(place)));
        Path latest = place.resolve("step-14");
        Path file = latest.resolve("state.json");
        String sums = Files.readString(latest.resolve("SHA256SUMS"));
        String before = Sha256.of(file);
        Files.writeString(file, Files.readString(file).replace("\"version\": 1", "\"version\": 2"));
        Files.writeString(latest.resolve("SHA256SUMS"), sums.replace(before, Sha256.of(file)));
        List<String> steps = steps(place);
        assertThat(steps).hasSize(2);
        assertThatThrownBy(() -> run(c -> c, place, 5, b -> b.optResume(Resume.auto())))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("state.json: has version 2; expected 1");
        assertThat(steps(place)).containsExactlyInAnyOrderElementsOf(steps);
    }

    static void delete(Path checkpoint) throws IOException {
        for (String file : List.of("SHA256SUMS", "state.safetensors", "state.json")) {
            Files.delete(checkpoint.resolve(file));
        }
        Files.delete(checkpoint);
    }

    static void damage(Path checkpoint) {
        try {
            Files.writeString(checkpoint.resolve("state.json"), "{}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aForcedResumeGoesOnWithShorterData() {
        Path place = folder.resolve("shorter");
        run(c -> c.optSteps(5), place, 3, b -> b);
        Points shorter = Points.random(12, 4, 1, 7);
        Run forced =
                run(
                        c -> c.optSteps(9),
                        place,
                        3,
                        b -> b.setDataset(shorter).optResume(Resume.auto().forced()));
        assertThat(forced.result.steps()).isEqualTo(9);
        assertThat(forced.steps).hasSize(4);
    }

    @Test
    void anIntervalMayBeLongerThanAnyTraining() {
        Path place = folder.resolve("patient");
        Run run =
                run(c -> c.optSteps(3), place, 3, b -> b.optSaveEvery(Duration.ofDays(99_999_999)));
        assertThat(run.result.steps()).isEqualTo(3);
    }

    @Test
    void aTableThatLostItsEndKeepsWholeLines() throws IOException {
        Path place = folder.resolve("torn");
        run(c -> c, place, 3, b -> b.optSaveEvery(5).optHook(waiting(place)));
        Path table = place.resolve("loss.csv");
        byte[] bytes = Files.readAllBytes(table);
        Files.write(table, Arrays.copyOf(bytes, bytes.length / 2));
        damage(place.resolve("step-14"));
        run(c -> c, place, 5, b -> b.optResume(Resume.auto()));
        assertThat(Files.readAllLines(table))
                .allSatisfy(line -> assertThat(line.split(",", -1)).hasSize(15));
    }

    @Test
    void twoTrainingsDoNotShareADirectory() throws IOException {
        Path place = folder.resolve("shared");
        List<Throwable> found = new ArrayList<>();
        run(
                c -> c.optSteps(2),
                place,
                3,
                b ->
                        b.addListener(
                                LoraTrainerTest.onStep(
                                        step -> {
                                            try {
                                                run(c -> c, place, 4, other -> other);
                                            } catch (RuntimeException e) {
                                                found.add(e);
                                            }
                                        })));
        assertThat(found)
                .hasSize(2)
                .allSatisfy(
                        e ->
                                assertThat(e)
                                        .isInstanceOf(UncheckedIOException.class)
                                        .hasMessageContaining("shared: is in use by this process"));
        assertThat(place.resolve(".lora4j.lock")).doesNotExist();
    }

    @Test
    void aReportAfterAResumeHasTheCurveOfTheWholeTraining() throws IOException {
        Path place = folder.resolve("reported");
        Path whole = folder.resolve("whole.html");
        UnaryOperator<LoraTrainingConfig.Builder> validated = c -> c.optEvaluateEverySteps(3);
        run(
                validated,
                place,
                3,
                b ->
                        b.optSaveEvery(1)
                                .optKeepCheckpoints(0)
                                .optHook(waiting(place))
                                .addListener(new ReportListener(whole)));
        for (String saved : steps(place)) {
            if (Integer.parseInt(saved.substring(5)) > 8) { // the table has more rows than that
                delete(place.resolve(saved));
            }
        }
        Path resumed = folder.resolve("resumed.html");
        Path forgetful = folder.resolve("forgetful.html");
        TrainingCurve before = TrainingCurve.read(place.resolve("loss.csv"));
        assertThat(before.lastStep()).isEqualTo(STEPS);
        Run run =
                run(
                        validated,
                        place,
                        4,
                        b ->
                                b.optResume(Resume.auto())
                                        .addListener(new ReportListener(resumed).optBefore(before))
                                        .addListener(new ReportListener(forgetful)));
        assertThat(run.steps).hasSizeLessThan(STEPS);
        assertThat(lossChart(resumed)).contains("<svg").isEqualTo(lossChart(whole));
        assertThat(lossChart(forgetful)).isNotEqualTo(lossChart(whole));
        assertThat(Files.readString(resumed)).contains("Completed after " + STEPS + " steps");
    }

    private static String lossChart(Path report) throws IOException {
        return Files.readString(report).split("<h2>", -1)[1];
    }

    record Run(LoraTrainingResult result, int[] bits, List<String> steps) {}

    static Run run(
            UnaryOperator<LoraTrainingConfig.Builder> change,
            Path directory,
            long seed,
            UnaryOperator<LoraTrainer.Builder<PointBatch>> more) {
        List<String> steps = new ArrayList<>();
        try (MlpTask task = new MlpTask(4, 8, 3, 0.3, seed)) {
            Files.createDirectories(directory);
            LoraTrainingResult result =
                    more.apply(trainer(task, change, directory))
                            .addListener(CsvListener.reopen(directory.resolve("loss.csv")))
                            .addListener(LoraTrainerTest.recording(steps))
                            .build()
                            .fit();
            return new Run(result, task.bits(), steps);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static LoraTrainer.Builder<PointBatch> trainer(
            MlpTask task, UnaryOperator<LoraTrainingConfig.Builder> change, Path directory) {
        return LoraTrainer.builder(task)
                .setDataset(DATA)
                .optValidation(VALIDATION)
                .optCheckpoints(directory)
                .optConfig(c -> change.apply(c.optSteps(STEPS).optLearningRate(0.05).optSeed(11)));
    }
}
