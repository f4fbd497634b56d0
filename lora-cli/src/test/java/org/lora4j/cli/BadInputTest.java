/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.safetensors.SafeTensors;
import org.lora4j.testkit.WordBert;

/** Every refusal: its exit code, one line that names the matter, and nothing written. */
class BadInputTest {
    private static Bench bench;
    private static Path adapter;

    private Path output;

    @BeforeAll
    static void train(@TempDir Path folder) throws IOException {
        bench = Bench.in(folder);
        adapter = folder.resolve("adapter");
        Cli.done(bench.train(adapter, "--steps", "2"));
    }

    @BeforeEach
    void nameAnOutput(@TempDir Path folder) {
        output = folder.resolve("deep").resolve("output");
    }

    private String refusedTraining(int code, Object... more) {
        String line = Cli.run(bench.train(output, more)).refusal(code);
        assertThat(output.getParent()).as("nothing is left behind").doesNotExist();
        return line;
    }

    private String refusedTrainingOn(Path data, Object... more) {
        Object[] arguments = bench.train(output, more);
        arguments[Arrays.asList(arguments).indexOf("--data") + 1] = data;
        String line = Cli.run(arguments).refusal(1);
        assertThat(output.getParent()).doesNotExist();
        return line;
    }

    private static Path write(String name, String text) throws IOException {
        return Files.writeString(bench.file(name), text);
    }

    @ParameterizedTest
    @CsvSource({
        "--rank, 0, rank must be at least 1",
        "--rank, -4, -4",
        "--rank, eight, eight",
        "--alpha, NaN, alpha",
        "--dropout, 1, dropout",
        "--dropout, -0.1, dropout",
        "--dropout, NaN, dropout",
        "--learning-rate, NaN, learning rate",
        "--learning-rate, -1, learning rate",
        "--learning-rate, Infinity, learning rate",
        "--weight-decay, NaN, weight decay",
        "--warmup, 1.5, warm-up",
        "--clip, -1, clip",
        "--steps, 0, --steps",
        "--epochs, -1, --epochs",
        "--batch-size, 0, batch size",
        "--max-length, 0, maximum length",
        "--accumulate, 0, accumulation",
        "--threads, -1, --threads",
        "--threads, 100000, expected 1 to",
        "--device, gpu, --device",
        "--target-modules, 'regex:((', refused",
        "--task, tagging, tagging",
        "--init, zeros, zeros"
    })
    void aValueOutOfRangeIsWrongUse(String option, String value, String word) {
        Object[] more = {option + "=" + value};
        Object[] without =
                Arrays.stream(bench.train(output))
                        .filter(a -> !String.valueOf(a).startsWith("--json"))
                        .toArray();
        Object[] arguments = replaced(without, option, more[0]);
        assertThat(Cli.run(arguments).refusal(2)).contains(word);
        assertThat(output.getParent()).doesNotExist();
    }

    /** Replaces an option with its value, or appends it. */
    private static Object[] replaced(Object[] arguments, String option, Object with) {
        int at = Arrays.asList(arguments).indexOf(option);
        Object[] all =
                Arrays.copyOf(arguments, at < 0 ? arguments.length + 1 : arguments.length - 1);
        if (at >= 0) {
            System.arraycopy(arguments, at + 2, all, at, arguments.length - at - 2);
        }
        all[all.length - 1] = with;
        return all;
    }

    @Test
    void stepsAndEpochsExcludeEachOther() {
        assertThat(refusedTraining(2, "--steps", "3", "--epochs", "3")).contains("--epochs");
    }

    @Test
    void validationOptionsNeedValidationData() {
        assertThat(refusedTraining(2, "--patience", "3")).contains("--validation");
    }

    @Test
    void aMissingFileIsNamed() {
        Path absent = bench.file("absent.tsv");
        assertThat(refusedTrainingOn(absent)).contains(absent.toString(), "no such");
        assertThat(refusedTraining(1, "--validation", absent)).contains(absent.toString());
        Cli.Run model =
                Cli.run(
                        "evaluate",
                        "--model",
                        "/no/such/model",
                        "--data",
                        bench.dev(),
                        "--text-column",
                        "text",
                        "--label-column",
                        "label");
        assertThat(model.refusal(1)).contains("/no/such/model");
    }

    @Test
    void aWrongColumnIsNamedWithThoseThatThereAre() throws IOException {
        Path data = write("columns.tsv", "label\tsentence\n1\tgood\n");
        assertThat(refusedTrainingOn(data)).contains("text", "sentence");
    }

    @Test
    void emptyDataIsRefused() throws IOException {
        assertThat(refusedTrainingOn(write("empty.tsv", ""))).contains("empty.tsv");
        assertThat(refusedTrainingOn(write("header.tsv", "label\ttext\n"))).contains("no rows");
    }

    @Test
    void oneLabelAloneIsRefused() throws IOException {
        assertThat(refusedTrainingOn(write("one.tsv", "label\ttext\nyes\twarm\nyes\tcold\n")))
                .contains("'yes'", "two");
    }

    @Test
    void anUnknownLabelAtEvaluationIsNamedWithItsLine() throws IOException {
        Path data = write("labels.tsv", "label\ttext\npositive\twarm\npositve\tcold\n");
        Cli.Run run =
                Cli.run(
                        "evaluate",
                        "--model",
                        bench.model(),
                        "--adapter",
                        adapter,
                        "--data",
                        data,
                        "--text-column",
                        "text",
                        "--label-column",
                        "label",
                        "--json");
        assertThat(run.refusal(1)).contains("line 3", "'positve'", "negative, positive");
        Cli.Run training = Cli.run(bench.train(output, "--validation", data));
        assertThat(training.refusal(1)).contains("'positve'");
    }

    @Test
    void anUnknownTargetGivesNearNames() {
        assertThat(refusedTraining(1, "--target-modules", "qury"))
                .contains("\"qury\"", "query")
                .doesNotContain("optAllow");
    }

    @Test
    void aModelWithoutAHeadNeedsAnAdapter() {
        assertThat(Cli.run(bench.evaluate("--model", bench.model())).refusal(1))
                .contains("no classification head", "--adapter");
    }

    @Test
    void aLossThatIsNoNumberStopsTheTraining() {
        Cli.Run run =
                Cli.run(
                        bench.train(
                                output,
                                "--learning-rate",
                                "1e30",
                                "--warmup",
                                "0",
                                "--steps",
                                "20",
                                "--json"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        String last = run.err().lines().reduce((a, b) -> b).orElseThrow();
        assertThat(last).contains("diverged at step", "examples");
        Path kept = output.resolve("diverged-at-step-2");
        assertThat(kept.resolve("loss.csv")).isRegularFile();
        assertThat(kept.resolve("adapter_model.safetensors")).doesNotExist();
        assertThat(run.err()).contains("nothing is kept but the curve");
    }

    @Test
    void aTrainingThatDivergesKeepsTheLastSoundAdapter() throws IOException {
        // The rate is 0 in step 1, so B is 0 after it, and step 2 makes it about 1e30.
        Cli.Run run =
                Cli.run(
                        bench.train(
                                output,
                                "--learning-rate",
                                "1e30",
                                "--warmup",
                                "1",
                                "--steps",
                                "20"));
        assertThat(run.code()).isEqualTo(1);
        Path kept = output.resolve("diverged-at-step-3");
        assertThat(run.err()).contains("kept: the adapter after step 1", kept.toString());
        try (SafeTensors tensors = SafeTensors.open(kept.resolve("adapter_model.safetensors"));
                NDManager manager = NDManager.newBaseManager()) {
            for (String name : tensors.names()) {
                if (name.endsWith("lora_B.weight")) {
                    assertThat(tensors.read(manager, name).toFloatArray()).containsOnly(0f);
                }
            }
        }
        assertThat(Files.readAllLines(kept.resolve("loss.csv"))).hasSize(1 + 2);
        assertThat(output.resolve("adapter_model.safetensors")).doesNotExist();
    }

    @Test
    void anAdapterOfAnotherBaseIsRefusedWithAllShapes(@TempDir Path folder) throws IOException {
        Path other = folder.resolve("other");
        WordBert.write(other, Sentences.words(), 2);
        Path config = other.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"num_hidden_layers\":2", "\"num_hidden_layers\":1"));
        Cli.Run run = Cli.run(bench.evaluate("--model", other, "--adapter", adapter));
        assertThat(run.refusal(1))
                .contains("layer.1.attention.self.query", "layer.1.attention.self.value");
        Cli.Run merge =
                Cli.run("merge", "--model", other, "--adapter", adapter, "--output", output);
        assertThat(merge.refusal(1)).contains("layer.1");
        assertThat(output.getParent()).doesNotExist();
    }

    @Test
    void hostileWeightsAreRefused(@TempDir Path folder) throws IOException {
        byte[] good = Files.readAllBytes(adapter.resolve("adapter_model.safetensors"));
        byte[] vast = good.clone();
        ByteBuffer.wrap(vast).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1L << 62);
        byte[][] broken = {
            new byte[0], Arrays.copyOf(good, 5), Arrays.copyOf(good, good.length - 7), vast
        };
        Path copy = Files.createDirectories(folder.resolve("broken"));
        Files.copy(adapter.resolve("adapter_config.json"), copy.resolve("adapter_config.json"));
        for (byte[] bytes : broken) {
            Files.write(copy.resolve("adapter_model.safetensors"), bytes);
            Cli.Run run = Cli.run(bench.evaluate("--model", bench.model(), "--adapter", copy));
            assertThat(run.refusal(1)).contains("adapter_model.safetensors");
            assertThat(Cli.run("inspect", copy).refusal(1)).contains("adapter_model.safetensors");
        }
    }

    @Test
    void anAdapterWithoutNumbersIsNotConverted(@TempDir Path folder) throws IOException {
        Path copy = Files.createDirectories(folder.resolve("copy"));
        Files.copy(adapter.resolve("adapter_config.json"), copy.resolve("adapter_config.json"));
        byte[] bytes = Files.readAllBytes(adapter.resolve("adapter_model.safetensors"));
        Object[] convert = {
            "convert", copy, "--model", bench.model(), "--output", folder.resolve("plain")
        };
        Files.write(copy.resolve("adapter_model.safetensors"), bytes);
        Cli.done(convert);
        ByteBuffer last = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        last.putFloat(bytes.length - Float.BYTES, Float.NaN);
        Files.write(copy.resolve("adapter_model.safetensors"), bytes);
        convert[convert.length - 1] = output;
        assertThat(Cli.run(convert).refusal(1)).contains("NaN", "nothing was written");
        assertThat(output.getParent()).doesNotExist();
    }

    @Test
    void anOutputThatCannotBeWrittenIsRefusedBeforeTheModelIsRead() throws IOException {
        Path file = write("file", "");
        Object[] inFile = bench.train(file.resolve("adapter"), "--steps", "1");
        inFile[Arrays.asList(inFile).indexOf("--model") + 1] = "/no/such/model";
        assertThat(Cli.run(inFile).refusal(1)).contains("cannot be written", file.toString());
        assertThat(Cli.run(bench.train(file)).refusal(1)).contains("is a file");
        assertThat(Cli.run(bench.train(bench.model())).refusal(1)).contains("the model itself");
        assertThat(
                        Cli.run(
                                        bench.evaluate(
                                                "--model",
                                                bench.model(),
                                                "--adapter",
                                                adapter,
                                                "--predictions",
                                                file.resolve("p.jsonl")))
                                .refusal(1))
                .contains("file");
    }

    @Test
    void aDirectoryOfNothingIsRefused(@TempDir Path folder) {
        assertThat(Cli.run("inspect", folder).refusal(1)).contains("config.json");
        assertThat(Cli.run("inspect", folder.resolve("absent")).refusal(1)).contains("no such");
        assertThat(
                        Cli.run(bench.evaluate("--model", bench.model(), "--adapter", folder))
                                .refusal(1))
                .contains("adapter_config.json");
    }

    @Test
    void aDeviceThatIsNotThereIsRefused() {
        assertThat(refusedTraining(1, "--device", "cuda:0")).contains("cuda:0", "cu121");
    }

    @Test
    void aFailureLeavesAnOldAdapterWhole() throws IOException {
        Path old = bench.file("old");
        Cli.done(bench.train(old, "--steps", "1"));
        byte[] before = Files.readAllBytes(old.resolve("adapter_model.safetensors"));
        Cli.run(bench.train(old, "--learning-rate", "1e30", "--warmup", "0", "--steps", "20"));
        assertThat(Files.readAllBytes(old.resolve("adapter_model.safetensors"))).isEqualTo(before);
        try (var files = Files.list(old)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .noneMatch(name -> name.endsWith(".tmp"));
        }
    }

    @Test
    void verboseShowsWhere() {
        Cli.Run run = Cli.run("inspect", "/no/such/place", "--verbose");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("at org.lora4j.cli.InspectCommand");
    }
}
