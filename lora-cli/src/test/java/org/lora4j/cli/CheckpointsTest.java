/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Trainings whose state is saved, that are stopped and go on. */
final class CheckpointsTest {
    @TempDir private static Path folder = Path.of("");
    private static Bench bench;
    private static Path whole = Path.of("");

    @BeforeAll
    static void train() throws IOException {
        bench = Bench.in(folder);
        whole = folder.resolve("whole");
        Cli.done(arguments(whole, "--save-every", "30"));
    }

    private static Object[] arguments(Path output, Object... more) {
        List<Object> all = new ArrayList<>(List.of("--validation", bench.dev(), "--steps", "60"));
        all.addAll(List.of("--evaluate-every", "7", "--dropout", "0.1", "--json"));
        all.addAll(List.of(more));
        return bench.train(output, all.toArray());
    }

    private static void requireEqual(Path output) throws IOException {
        for (String name : List.of("adapter_model.safetensors", "adapter_config.json")) {
            assertThat(output.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
        }
        assertThat(rows(output)).isEqualTo(rows(whole));
        assertThat(output).isDirectoryNotContaining("glob:**/.*");
    }

    /** The table without the columns that are measured. */
    private static List<List<String>> rows(Path output) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        for (String line : Files.readAllLines(output.resolve("loss.csv"))) {
            List<String> cells = new ArrayList<>(List.of(line.split(",", -1)));
            cells.set(5, "");
            rows.add(cells.subList(0, 13));
        }
        return rows;
    }

    @Test
    void aCheckpointThatIsLeftGoesOnToTheSameBytes() throws IOException {
        Path output = folder.resolve("resumed");
        Path state = output.resolve("checkpoints/step-30");
        Files.createDirectories(state);
        for (String name : List.of("state.safetensors", "state.json", "SHA256SUMS")) {
            copy("checkpoints/step-30/" + name, output);
        }
        copy("checkpoints/loss.csv", output);
        copy("adapter_config.json", output); // of a run that was killed while it saved
        Cli.Run run = Cli.done(arguments(output, "--resume", "--save-every", "30"));
        assertThat(run.err()).contains("going on after step 30");
        assertThat(run.json().get("steps").getAsInt()).isEqualTo(60);
        requireEqual(output);
        Cli.Run again = Cli.done(arguments(output, "--resume"));
        assertThat(again.err()).contains("going on after step 60");
        requireEqual(output);
        String refused = Cli.run(arguments(output, "--resume", "--learning-rate", "0.1")).err();
        assertThat(refused)
                .contains("step-60 is a checkpoint of another training: learning rate is 0.1, and");
        assertThat(output.resolve("checkpoints/step-60")).exists();
    }

    private static void copy(String name, Path output) throws IOException {
        Files.copy(whole.resolve(name), output.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void anExistingResultIsNotReplacedUnasked() {
        assertThat(Cli.run(arguments(whole)).refusal(1))
                .contains("whole: already holds an adapter; --overwrite replaces it");
        Path merged = folder.resolve("merged");
        Object[] merge = {
            "merge", "--model", bench.model(), "--adapter", whole, "--output", merged
        };
        Cli.done(merge);
        assertThat(Cli.run(merge).refusal(1)).contains("already holds a model; --overwrite");
    }

    @Test
    void aFileOfAnybodyIsNotReplacedUnasked() throws IOException {
        Path output = Files.createDirectories(folder.resolve("foreign"));
        Files.writeString(output.resolve("loss.csv"), "mine");
        assertThat(Cli.run(arguments(output)).refusal(1))
                .contains("foreign: already holds a loss.csv; --overwrite replaces it");
        Path log = Files.writeString(folder.resolve("earlier.jsonl"), "{}\n");
        Path other = folder.resolve("logged");
        assertThat(Cli.run(arguments(other, "--log", log)).refusal(1))
                .contains("earlier.jsonl: is there already; --overwrite replaces it");
        assertThat(log).hasContent("{}");
    }

    @Test
    void aResultThatCannotBeSavedIsKeptElsewhere() throws IOException {
        Path output = folder.resolve("occupied");
        Files.createDirectories(output.resolve("adapter_model.safetensors/of/anybody"));
        String err = Cli.run(arguments(output)).err();
        Matcher kept = Pattern.compile("kept: the adapter, in (\\S+)").matcher(err);
        assertThat(kept.find()).as(err).isTrue();
        Path rescued = Path.of(kept.group(1));
        assertThat(rescued.resolve("adapter_model.safetensors"))
                .hasSameBinaryContentAs(whole.resolve("adapter_model.safetensors"));
        try (Stream<Path> files = Files.list(rescued)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(rescued);
    }

    @Test
    void anotherTrainedBiasIsRefusedByName() throws IOException {
        Path output = folder.resolve("bias");
        Files.createDirectories(output.resolve("checkpoints/step-30"));
        for (String name : List.of("state.safetensors", "state.json", "SHA256SUMS")) {
            copy("checkpoints/step-30/" + name, output);
        }
        assertThat(Cli.run(arguments(output, "--resume", "--bias", "lora_only")).err())
                .contains("step-30 is a checkpoint of another training: adapter default is ");
    }

    @Test
    void withOverwriteATrainingBeginsAnew() throws IOException {
        Path output = folder.resolve("overwritten");
        Cli.done(arguments(output, "--save-every", "50", "--seed", "4"));
        assertThat(output.resolve("checkpoints/step-50")).exists();
        Cli.done(arguments(output, "--save-every", "40", "--overwrite"));
        requireEqual(output);
        assertThat(output.resolve("checkpoints/step-50")).doesNotExist();
    }

    @Test
    void wrongOptionsAreNamed() {
        Path output = folder.resolve("wrong");
        assertThat(Cli.run(arguments(output, "--save-every", "5x")).refusal(2))
                .contains("--save-every is '5x'; expected a number of steps, or a time such as");
        assertThat(Cli.run(arguments(output, "--force-resume")).refusal(2))
                .contains("--force-resume needs --resume");
        assertThat(Cli.run(arguments(output, "--on-divergence", "shrug")).refusal(2))
                .contains("stop, rollback");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aSignalSavesTheStateAndTheNextRunGoesOn() throws Exception {
        Path output = folder.resolve("signalled");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        for (Object argument : arguments(output, "--resume")) {
            command.add(argument.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("OPT_OUT_TRACKING", "true");
        Path out = folder.resolve("out.txt");
        builder.redirectError(folder.resolve("err.txt").toFile());
        builder.redirectOutput(out.toFile());
        Process process = builder.start();
        try {
            Path table = output.resolve("checkpoints/loss.csv");
            while (process.isAlive() && (!Files.exists(table) || Files.size(table) < 700)) {
                Thread.sleep(1);
            }
            Cli.Run second = Cli.run(arguments(output, "--resume"));
            if (process.isAlive()) {
                assertThat(second.err()).contains("is in use by process " + process.pid() + " on");
            }
            process.destroy();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() == 143) { // else it was done before
            JsonObject said = JsonParser.parseString(Files.readString(out)).getAsJsonObject();
            assertThat(said.get("stop_reason").getAsString()).isEqualTo("cancelled");
            assertThat(Path.of(said.get("checkpoint").getAsString()).resolve("state.json"))
                    .exists();
            assertThat(Files.readString(folder.resolve("err.txt")))
                    .contains("to go on: the same command with --resume");
            assertThat(output.resolve("adapter_model.safetensors")).doesNotExist();
        }
        Cli.done(arguments(output, "--resume"));
        requireEqual(output);
    }
}
