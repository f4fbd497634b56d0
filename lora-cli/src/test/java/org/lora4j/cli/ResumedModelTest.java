/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Lora;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.stream.StreamedDataset;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.sample.SampleFile;
import org.lora4j.text.sample.SampleFormat;
import org.lora4j.torch.TorchThreads;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StepInfo;
import org.lora4j.train.StopReason;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.checkpoint.Resume;
import org.lora4j.train.checkpoint.ResumeRefusedException;

/** Trainings of models that are cut off and go on with a model that is loaded anew. */
final class ResumedModelTest {
    private static final List<String> WORDS = List.of("good", "bad", "film", "plot", "long", "a");

    @TempDir private static Path folder = Path.of("");

    private static Path llama = Path.of("");
    private static Path bert = Path.of("");
    private static int threads;

    @BeforeAll
    static void write() throws IOException {
        llama = TinyLlama.write(folder.resolve("llama"), 5);
        bert = folder.resolve("bert");
        WordBert.write(bert, WORDS, 5);
        lines("data.jsonl", 60, 0);
        lines("large.jsonl", 310, 20_000); // two windows
        lines("dev.jsonl", 9, 0);
        threads = TorchThreads.get();
    }

    @AfterAll
    static void restoreThreads() {
        TorchThreads.set(threads);
    }

    private static void lines(String name, int lines, int padding) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            text.append("{\"text\": \"text ").append("of a line ".repeat(i % 3)).append(i);
            text.append("\", \"other\": \"").append("x".repeat(padding)).append("\"}\n");
        }
        Files.writeString(folder.resolve(name), text);
    }

    /** The kinds of trainings. */
    enum Job {
        PACKED,
        STREAMED,
        CLASSIFIER,
        FULL
    }

    private record Run(LoraTrainingResult result, List<String> steps, Path saved) {}

    @ParameterizedTest
    @CsvSource({"PACKED,1", "STREAMED,1", "CLASSIFIER,1", "CLASSIFIER,2", "FULL,1"})
    void aTrainingThatIsCutOffGoesOnWithTheSameBytes(Job job, int threadCount) throws IOException {
        TorchThreads.set(threadCount);
        Path places = folder.resolve(job + "-" + threadCount);
        Run whole = run(job, places.resolve("whole"), 0);
        int last = whole.result.steps();
        int middle = last / 2;
        // two threads on a busy machine wait for each other for long
        for (int step :
                threadCount == 1 ? new int[] {1, middle, last - 1, last} : new int[] {middle}) {
            Path place = places.resolve("cut-" + step);
            Run cut = run(job, place, step);
            assertThat(cut.result.steps()).isEqualTo(step);
            Run resumed = run(job, place, 0);
            assertThat(resumed.steps).isEqualTo(whole.steps.subList(step, last));
            assertThat(resumed.result.lossByStep()).isEqualTo(whole.result.lossByStep());
            assertThat(resumed.result.validations()).isEqualTo(whole.result.validations());
            assertThat(resumed.result.stopReason()).isEqualTo(whole.result.stopReason());
            assertThat(contents(resumed.saved)).isEqualTo(contents(whole.saved));
            String state = "checkpoints/step-" + last + "/state.safetensors";
            assertThat(place.resolve(state))
                    .hasSameBinaryContentAs(places.resolve("whole").resolve(state));
        }
    }

    /** The names of a directory's files with their bytes as text. */
    private static List<String> contents(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted()
                    .map(
                            file -> {
                                try {
                                    return file.getFileName()
                                            + " "
                                            + java.util.Arrays.hashCode(Files.readAllBytes(file));
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            })
                    .collect(Collectors.toList());
        }
    }

    @Test
    void aChangedBaseAndChangedDataAreRefusedByName() throws IOException {
        Path place = folder.resolve("changed");
        run(Job.PACKED, place, 2);
        Path data = folder.resolve("data.jsonl");
        String before = Files.readString(data);
        Path config = llama.resolve("config.json");
        String settings = Files.readString(config);
        Files.writeString(data, before.replace("text 9", "Text 9"));
        Files.writeString(config, settings.replace("1e-05", "1e-06"));
        try {
            assertThatThrownBy(() -> run(Job.PACKED, place, 0))
                    .isInstanceOf(ResumeRefusedException.class)
                    .hasMessageContaining("training data data.jsonl is SHA-256 ")
                    .hasMessageContaining("base config.json is SHA-256 ");
        } finally {
            Files.writeString(data, before);
            Files.writeString(config, settings);
        }
        assertThat(run(Job.PACKED, place, 0).result.stopReason()).isEqualTo(StopReason.COMPLETED);
    }

    /** Trains; stops after a step unless it is 0, and goes on from a checkpoint if there is one. */
    private static Run run(Job job, Path place, int stopAfter) throws IOException {
        Files.createDirectories(place);
        Path saved = place.resolve("result");
        List<String> steps = new ArrayList<>();
        boolean text = job == Job.CLASSIFIER;
        Task task = text ? Task.sequenceClassification("no", "yes") : Task.causalLanguageModel();
        try (LoraModel model = LoraModel.load(text ? bert : llama, task)) {
            if (job == Job.FULL) {
                model.trainAll();
            } else {
                model.addAdapter(
                        Lora.DEFAULT_ADAPTER,
                        LoraConfig.builder()
                                .setRank(3)
                                .setAlpha(7)
                                .optDropout(0.2)
                                .optTargetModules("all-linear")
                                .build());
            }
            LoraTrainingResult result =
                    switch (job) {
                        case CLASSIFIER ->
                                fit(
                                        model,
                                        rows(model, 40, true),
                                        rows(model, 10, false),
                                        place,
                                        stopAfter,
                                        steps,
                                        c ->
                                                c.optEpochs(6)
                                                        .optLearningRate(0.05)
                                                        .optPatience(2)
                                                        .optEvaluateEverySteps(2));
                        case STREAMED ->
                                fit(
                                        model,
                                        StreamedDataset.forTraining(
                                                model,
                                                SampleFile.open(
                                                        folder.resolve("large.jsonl"),
                                                        SampleFormat.AUTO,
                                                        OnBadLine.FAIL),
                                                options(false, 32)),
                                        null,
                                        place,
                                        stopAfter,
                                        steps,
                                        c -> c.optSteps(14));
                        default ->
                                fit(
                                        model,
                                        CausalDataset.forTraining(
                                                model,
                                                folder.resolve("data.jsonl"),
                                                options(true, 2)),
                                        CausalDataset.forEvaluation(
                                                model,
                                                folder.resolve("dev.jsonl"),
                                                options(true, 2)),
                                        place,
                                        stopAfter,
                                        steps,
                                        c ->
                                                c.optEpochs(2)
                                                        .optAccumulation(2)
                                                        .optEvaluateEverySteps(5));
                    };
            if (job == Job.FULL) {
                model.save(saved);
            } else {
                model.saveAdapter(Lora.DEFAULT_ADAPTER, saved);
            }
            return new Run(result, steps, saved);
        }
    }

    private static CausalOptions options(boolean packing, int batch) {
        return CausalOptions.defaults()
                .withPacking(packing)
                .withBatches(new BatchOptions(batch, 64, false, true, 11));
    }

    private static TextDataset rows(LoraModel model, int count, boolean training) {
        List<TextExample> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = "a ".repeat(i % 4) + WORDS.get(i % 6) + " film " + WORDS.get(i % 5);
            rows.add(new TextExample(i + 2, text, null, i % 3 == 0 ? "yes" : "no"));
        }
        BatchOptions options = BatchOptions.defaults().withBatchSize(7).withSeed(3);
        return training
                ? TextDataset.forTraining(model, rows, "rows", options)
                : TextDataset.forEvaluation(model, rows, "rows", options);
    }

    private static <B extends TrainingBatch> LoraTrainingResult fit(
            LoraModel model,
            BatchSource<B> data,
            @Nullable BatchSource<B> validation,
            Path place,
            int stopAfter,
            List<String> steps,
            Function<LoraTrainingConfig.Builder, LoraTrainingConfig.Builder> change) {
        List<LoraTrainer<B>> trainers = new ArrayList<>();
        LoraTrainer.Builder<B> builder =
                LoraTrainer.builder(model)
                        .setDataset(data)
                        .optCheckpoints(place.resolve("checkpoints"))
                        .optSaveEvery(3)
                        .optResume(Resume.auto())
                        .optConfig(c -> change.apply(c.optSeed(11)))
                        .addListener(
                                new TrainingListener() {
                                    @Override
                                    public void onStep(StepInfo s) {
                                        steps.add(
                                                s.step()
                                                        + " "
                                                        + s.loss()
                                                        + " "
                                                        + s.gradientNorm()
                                                        + " "
                                                        + s.learningRate());
                                        if (s.step() == stopAfter) {
                                            trainers.get(0).cancel();
                                        }
                                    }
                                });
        if (validation != null) {
            builder.optValidation(validation);
        }
        trainers.add(builder.build());
        return trainers.get(0).fit();
    }
}
