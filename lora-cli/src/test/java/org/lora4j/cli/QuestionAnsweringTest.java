/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.data.QuestionDataset;
import org.lora4j.predict.EntityRecognizer;
import org.lora4j.predict.QuestionAnswerer;
import org.lora4j.predict.TextPair;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.question.Answer;
import org.lora4j.text.question.AnswerOptions;
import org.lora4j.text.question.GoldAnswer;
import org.lora4j.text.question.QuestionSample;

/** Answers to questions, by the command line and by the classes behind it. */
final class QuestionAnsweringTest {
    private static final String EMOJI = "\uD83D\uDE00";
    private static final List<String> NAMES = List.of("ada", "bob", "carol");
    private static final List<String> PLACES = List.of("rome", "paris", "oslo");

    @TempDir Path folder;
    private Path model = Path.of("");

    @BeforeEach
    void write() throws IOException {
        model = folder.resolve("model");
        List<String> all = new ArrayList<>(NAMES);
        all.addAll(PLACES);
        all.addAll(List.of("who", "where", "when", "went", "to", "?", "!", "##x", EMOJI));
        WordBert.write(model, all, 3);
    }

    /** How many words that say nothing stand on either side of a context. */
    private int filler = 1;

    private JsonObject question(Random random, int number, boolean none) {
        String emoji = random.nextBoolean() ? EMOJI + " " : "";
        String start = emoji + "! ".repeat(random.nextInt(filler));
        String name = NAMES.get(random.nextInt(3)) + "x" + (random.nextBoolean() ? " bob" : "");
        String place = PLACES.get(random.nextInt(3));
        int kind = number % (none ? 3 : 2);
        JsonObject question = new JsonObject();
        question.addProperty("id", "q" + number);
        question.addProperty("question", List.of("who went?", "where?", "when?").get(kind));
        question.addProperty(
                "context",
                start + name + " went to " + place + " !".repeat(random.nextInt(filler)));
        JsonArray answers = new JsonArray();
        if (kind < 2) {
            int from = start.codePointCount(0, start.length()); // as Python counts characters
            JsonObject answer = new JsonObject();
            answer.addProperty("text", kind == 0 ? name : place);
            answer.addProperty("answer_start", kind == 0 ? from : from + name.length() + 9);
            answers.add(answer);
        }
        question.add("answers", answers);
        return question;
    }

    private Path lines(String name, int rows, long seed, boolean none) throws IOException {
        Random random = new Random(seed);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < rows; i++) {
            lines.append(question(random, i, none)).append('\n');
        }
        return Files.writeString(folder.resolve(name), lines);
    }

    /** The same questions as SQuAD has them. */
    private Path squad(String name, int rows, long seed, boolean none) throws IOException {
        Random random = new Random(seed);
        JsonArray paragraphs = new JsonArray();
        for (int i = 0; i < rows; i++) {
            JsonObject question = question(random, i, none);
            JsonObject paragraph = new JsonObject();
            paragraph.add("context", question.remove("context"));
            question.addProperty("is_impossible", question.getAsJsonArray("answers").isEmpty());
            JsonArray all = new JsonArray();
            all.add(question);
            paragraph.add("qas", all);
            paragraphs.add(paragraph);
        }
        JsonObject article = new JsonObject();
        article.add("paragraphs", paragraphs);
        JsonArray data = new JsonArray();
        data.add(article);
        JsonObject file = new JsonObject();
        file.add("data", data);
        return Files.writeString(folder.resolve(name), file.toString());
    }

    private Path train(String output, boolean none, Object... more) throws IOException {
        List<Object> all = new ArrayList<>(List.of("train", "--task", "qa"));
        all.addAll(List.of("--model", model, "--data", lines("train.jsonl", 120, 1, none)));
        all.addAll(List.of("--threads", "1", "--learning-rate", "2e-2", "--batch-size", "12"));
        all.addAll(List.of("--target-modules", "query,value", "--base-dropout", "off"));
        all.addAll(List.of("--output", folder.resolve(output)));
        all.addAll(List.of(more));
        Cli.Run run = Cli.run(all.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        return folder.resolve(output);
    }

    private JsonObject evaluate(Path base, Object... more) {
        List<Object> all = new ArrayList<>(List.of("evaluate", "--model", base, "--threads", "1"));
        all.addAll(List.of(more));
        all.add("--json");
        Cli.Run run = Cli.run(all.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        return run.json();
    }

    @Test
    void answersAreLearntMeasuredMergedAndFound() throws IOException {
        Path dev = squad("dev.json", 24, 2, true);
        Path adapter =
                train(
                        "adapter",
                        true,
                        "--steps",
                        "90",
                        "--validation",
                        dev,
                        "--best-metric",
                        "exact-match");
        Path predictions = folder.resolve("p.jsonl");
        JsonObject report =
                evaluate(model, "--adapter", adapter, "--data", dev, "--predictions", predictions);
        double exact = report.get("exact_match").getAsDouble();
        assertThat(exact).isGreaterThan(0.9);
        assertThat(report.get("f1").getAsDouble()).isGreaterThanOrEqualTo(exact);
        assertThat(report.get("exact_match_no_answer").getAsDouble()).isGreaterThan(0.8);
        Random random = new Random(2);
        List<String> lines = Files.readAllLines(predictions);
        assertThat(lines).hasSize(24);
        int right = 0;
        for (int i = 0; i < lines.size(); i++) {
            JsonObject found = JsonParser.parseString(lines.get(i)).getAsJsonObject();
            JsonArray gold = question(random, i, true).getAsJsonArray("answers");
            assertThat(found.get("id").getAsString()).isEqualTo("q" + i);
            assertThat(found.get("probability").getAsDouble()).isBetween(0.3, 1.0);
            if (!found.get("exact_match").getAsBoolean()) {
                continue;
            }
            right++;
            if (gold.isEmpty()) {
                assertThat(found.get("answer").getAsString()).isEmpty();
                assertThat(found.get("start").isJsonNull()).isTrue();
            } else {
                JsonObject answer = gold.get(0).getAsJsonObject();
                assertThat(found.get("answer")).isEqualTo(answer.get("text"));
                assertThat(found.get("start")).isEqualTo(answer.get("answer_start"));
            }
        }
        assertThat(right / 24.0).isEqualTo(exact);
        JsonObject never =
                evaluate(model, "--adapter", adapter, "--data", dev, "--no-answer-threshold=1e9");
        assertThat(never.get("exact_match_no_answer").getAsDouble()).isZero();
        Path merged = folder.resolve("merged");
        Cli.Run merge =
                Cli.run("merge", "--model", model, "--adapter", adapter, "--output", merged);
        assertThat(merge.code()).as(merge.err()).isZero();
        assertThat(Files.readString(merged.resolve("config.json")))
                .contains("BertForQuestionAnswering", "LABEL_1");
        assertThat(Cli.run("inspect", merged).out()).contains("qa_outputs");
        JsonObject again = evaluate(merged, "--data", dev);
        assertThat(again.get("f1")).isEqualTo(report.get("f1"));
        assertThat(Task.of(model, adapter)).isEqualTo(Task.questionAnswering());
    }

    @Test
    void aResumedTrainingEndsWithTheSameBits() throws IOException {
        Path straight = train("straight", false, "--steps", "4");
        train("resumed", false, "--steps", "4", "--save-every", "2");
        Path states = folder.resolve("resumed/checkpoints");
        try (var found = Files.newDirectoryStream(states, "step-*4")) {
            found.forEach(QuestionAnsweringTest::delete);
        }
        train("resumed", false, "--steps", "4", "--save-every", "2", "--resume");
        String tensors = "adapter_model.safetensors";
        assertThat(folder.resolve("resumed").resolve(tensors))
                .hasSameBinaryContentAs(straight.resolve(tensors));
    }

    private static void delete(Path directory) {
        try (var files = Files.walk(directory)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void longContextsAreReadInWindows() throws IOException {
        filler = 7;
        Path adapter = train("adapter", true, "--steps", "90");
        try (LoraModel loaded = LoraModel.load(model, adapter, LoadOptions.defaults())) {
            QuestionAnswerer answerer =
                    QuestionAnswerer.builder(loaded)
                            .optBatchSize(2)
                            .optAnswers(AnswerOptions.defaults().withStride(7).withNone(true))
                            .build();
            String nothing = EMOJI + " " + "! ".repeat(40);
            String context = nothing + "adax bob went to oslo! " + nothing;
            List<List<Answer>> found =
                    answerer.answers(
                            List.of(
                                    new TextPair("who went?", context),
                                    new TextPair("where?", context),
                                    new TextPair("where?", "")));
            Answer who = found.get(0).get(0);
            assertThat(who.text()).isEqualTo("adax bob");
            assertThat(who.start()).isEqualTo(nothing.length());
            assertThat(context.substring(who.start(), who.end())).isEqualTo("adax bob");
            assertThat(found.get(1).get(0).text()).isEqualTo("oslo");
            assertThat(found.get(0)).hasSize(21);
            assertThat(found.get(0).stream().map(a -> a.start() + "-" + a.end()))
                    .doesNotHaveDuplicates();
            assertThat(found.get(0).stream().mapToDouble(Answer::probability).sum())
                    .isBetween(1 - 1e-9, 1 + 1e-9);
            assertThat(found.get(2))
                    .singleElement()
                    .satisfies(none -> assertThat(none.isNone()).isTrue());
            assertThat(answerer.answer("when?", "carolx went to rome!").isNone()).isTrue();
            assertThatIllegalStateException()
                    .isThrownBy(() -> EntityRecognizer.of(loaded))
                    .withMessageContaining("does not label tokens");
        }
    }

    @Test
    void aWindowLearnsTheWholeAnswerOrNone() throws IOException {
        String context = "ada went to paris! bobx went to oslo!";
        QuestionSample sample =
                new QuestionSample(
                        "line 1",
                        "",
                        "  where?",
                        context,
                        true,
                        List.of(new GoldAnswer("bobx went", 19)));
        try (LoraModel loaded = LoraModel.load(model, Task.questionAnswering())) {
            QuestionDataset data =
                    QuestionDataset.forTraining(
                            loaded,
                            List.of(sample),
                            "samples",
                            BatchOptions.defaults().withShuffle(false).withMaxLength(11),
                            AnswerOptions.defaults().withStride(2));
            // [CLS] where ? [SEP], then six of: ada went to paris ! bob ##x went to oslo !, [SEP]
            var windows = data.epoch(0).iterator().next().windows();
            assertThat(windows.stream().map(w -> w.tokens().length())).containsExactly(11, 11, 8);
            assertThat(windows.stream().map(w -> List.of(w.first(), w.last())))
                    .containsExactly(List.of(0, 0), List.of(5, 7), List.of(0, 0));
            assertThatIllegalStateException()
                    .isThrownBy(() -> QuestionAnswerer.of(loaded).answer("where?", context))
                    .withMessageContaining("qa_outputs");
        }
        try (LoraModel other = LoraModel.load(model, Task.sequenceClassification("a", "b"))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> QuestionAnswerer.of(other))
                    .withMessageContaining("Task.questionAnswering()");
        }
    }

    @Test
    void optionsOfOtherTasksAreRefused() throws IOException {
        Path data = lines("train.jsonl", 4, 1, false);
        assertThat(
                        Cli.run(
                                        "train",
                                        "--task",
                                        "qa",
                                        "--model",
                                        model,
                                        "--data",
                                        data,
                                        "--text-column",
                                        "question",
                                        "--output",
                                        folder.resolve("out"))
                                .err())
                .contains("--text-column is not for --task qa");
        assertThat(
                        Cli.run(
                                        "train",
                                        "--model",
                                        model,
                                        "--data",
                                        data,
                                        "--doc-stride",
                                        "4",
                                        "--output",
                                        folder.resolve("out"))
                                .err())
                .contains("--doc-stride is not for --task seq-cls; it is for qa");
        Path unknown =
                Files.writeString(
                        folder.resolve("u.jsonl"), "{\"question\":\"a\",\"context\":\"b\"}\n");
        assertThat(
                        Cli.run(
                                        "train",
                                        "--task",
                                        "qa",
                                        "--model",
                                        model,
                                        "--data",
                                        unknown,
                                        "--output",
                                        folder.resolve("out"))
                                .err())
                .contains("u.jsonl, line 1: the question has no answers");
    }
}
