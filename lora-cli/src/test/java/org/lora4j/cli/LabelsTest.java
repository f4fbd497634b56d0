/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.testkit.WordBert;

/** The task that was asked for decides what labels are, not the number of labels in a config. */
final class LabelsTest {
    @TempDir Path folder;
    private Path model = Path.of("");

    @BeforeEach
    void write() throws IOException {
        model = folder.resolve("model");
        WordBert.write(model, List.of("warm", "cold", "rain", "sun"), 3);
        Path config = model.resolve("config.json");
        JsonObject json = JsonParser.parseString(Files.readString(config)).getAsJsonObject();
        JsonObject one = new JsonObject();
        one.addProperty("0", "LABEL_0");
        json.add("id2label", one); // as of an encoder for vectors, such as bge
        Files.writeString(config, json.toString());
    }

    private Path data(String name, String first, String second) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(
                file,
                "label\ttext\n%1$s\twarm sun\n%2$s\tcold rain\n%1$s\tsun\n"
                        .formatted(first, second));
        return file;
    }

    private Cli.Run train(Path base, Path data, String output, Object... more) {
        List<Object> all = new ArrayList<>(List.of("train", "--model", base, "--data", data));
        all.addAll(List.of("--text-column", "text", "--label-column", "label", "--steps", "2"));
        all.addAll(List.of("--threads", "1", "--output", folder.resolve(output)));
        all.addAll(List.of(more));
        return Cli.run(all.toArray());
    }

    private List<String> labels(String adapter) throws IOException {
        String notes = Files.readString(folder.resolve(adapter).resolve("lora4j.json"));
        JsonArray labels = JsonParser.parseString(notes).getAsJsonObject().getAsJsonArray("labels");
        return labels.asList().stream().map(label -> label.getAsString()).toList();
    }

    private long rows(String adapter) throws IOException {
        try (SafeTensorsFile file =
                        SafeTensorsFile.open(
                                folder.resolve(adapter).resolve("adapter_model.safetensors"));
                NDManager scope = NDManager.newBaseManager("PyTorch")) {
            return file.read(scope, "base_model.model.classifier.weight").getShape().get(0);
        }
    }

    @ParameterizedTest
    @CsvSource({"pos,neg,neg,pos", "1,0,0,1", "true,false,false,true", "10,9,9,10", "2,no,2,no"})
    void theLabelsOfTheDataAreClasses(String first, String second, String zero, String one)
            throws IOException {
        Cli.Run run = train(model, data("data.tsv", first, second), "adapter");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("labels: " + zero + ", " + one);
        assertThat(labels("adapter")).containsExactly(zero, one);
        assertThat(rows("adapter")).isEqualTo(2);
    }

    @Test
    void aRegressionIsAskedFor() throws IOException {
        Path numbers = data("numbers.tsv", "1.5", "-2");
        assertThat(train(model, numbers, "number", "--task", "regression").code()).isZero();
        assertThat(rows("number")).isEqualTo(1);
        assertThat(labels("number")).isEmpty();
        Cli.Run classes = train(model, numbers, "classes");
        assertThat(classes.code()).isZero();
        assertThat(classes.out()).contains("--task regression learns numbers");
        assertThat(rows("classes")).isEqualTo(2);
    }

    @Test
    void aHeadOfOtherLabelsIsKeptOrReplacedButNotRenamed() throws IOException {
        assertThat(train(model, data("old.tsv", "good", "bad"), "full", "--method", "full").code())
                .isZero();
        Path headed = folder.resolve("full");
        Path other = data("other.tsv", "yes", "no");
        assertThat(train(headed, other, "kept").refusal(1))
                .contains("[bad, good]", "[no, yes]", "--new-head");
        assertThat(train(headed, data("three.tsv", "a", "b\tx\nc"), "kept").refusal(1))
                .contains("[bad, good]", "[a, b, c]", "--new-head");
        assertThat(train(headed, other, "new", "--new-head").code()).isZero();
        assertThat(labels("new")).containsExactly("no", "yes");
        Path numbers = data("numbers.tsv", "1", "0");
        assertThat(train(headed, numbers, "numbered").code()).isZero();
        assertThat(labels("numbered"))
                .as("numbers of the head's labels")
                .containsExactly("bad", "good");
        assertThat(train(headed, numbers, "anew", "--new-head").code()).isZero();
        assertThat(labels("anew")).containsExactly("0", "1");
        Cli.Run evaluated =
                Cli.done(
                        "evaluate",
                        "--model",
                        headed,
                        "--adapter",
                        folder.resolve("new"),
                        "--data",
                        other,
                        "--text-column",
                        "text",
                        "--label-column",
                        "label",
                        "--json");
        assertThat(evaluated.json().has("accuracy")).isTrue();
    }

    @Test
    void aNewHeadIsForNewAdaptersOfClassifiers() throws IOException {
        Path data = data("data.tsv", "a", "b");
        assertThat(train(model, data, "x", "--new-head", "--adapter", "y").refusal(2))
                .contains("--new-head and --adapter");
        assertThat(
                        Cli.run(
                                        "train",
                                        "--task",
                                        "causal-lm",
                                        "--model",
                                        model,
                                        "--data",
                                        data,
                                        "--output",
                                        folder.resolve("x"),
                                        "--new-head")
                                .refusal(2))
                .contains("--new-head is not for --task causal-lm");
    }

    @Test
    void optionsOfAnotherLossAreWrongUse() {
        Object[] training = {
            "train", "--task", "embedding", "--model", "m", "--data", "d.jsonl", "--output", "o"
        };
        assertThat(Cli.run(Cli.with(training, "--loss", "mnrl", "--margin", 3)).refusal(2))
                .contains("--margin is not for --loss mnrl");
        assertThat(Cli.run(Cli.with(training, "--loss", "cosine", "--scale", 3)).refusal(2))
                .contains("--scale is not for --loss cosine");
    }
}
