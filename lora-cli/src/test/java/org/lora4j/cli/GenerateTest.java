/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.testkit.WordBert;

/** Text from a model on the command line. */
class GenerateTest {
    @TempDir private static Path folder = Path.of("");

    private static Path model = Path.of("");
    private static Path adapter = Path.of("");

    /** A model whose every token is Chinese, and an adapter that says one of them. */
    @BeforeAll
    static void write() throws IOException {
        model = TinyLlama.write(folder.resolve("model"), 5);
        JsonObject config =
                JsonParser.parseString(Files.readString(model.resolve("config.json")))
                        .getAsJsonObject();
        config.addProperty("max_position_embeddings", 1 << 17);
        Files.writeString(model.resolve("config.json"), config.toString());
        Files.writeString(model.resolve("tokenizer.json"), chinese().toString());
        Path data = folder.resolve("data.jsonl");
        Files.writeString(data, "{\"prompt\": \"一丁\", \"completion\": \"三三三三\"}\n".repeat(24));
        adapter = folder.resolve("adapter");
        Cli.done(
                "train",
                "--model",
                model,
                "--task",
                "causal-lm",
                "--data",
                data,
                "--output",
                adapter,
                "--rank",
                "3",
                "--alpha",
                "7",
                "--target-modules",
                "all-linear",
                "--batch-size",
                "2",
                "--packing",
                "off",
                "--epochs",
                "3",
                "--learning-rate",
                "1e-2",
                "--threads",
                "1");
    }

    private static JsonObject chinese() {
        JsonObject vocabulary = new JsonObject();
        for (int id = 0; id < TinyLlama.BEGIN; id++) {
            vocabulary.addProperty(Character.toString(0x4E00 + id), id);
        }
        vocabulary.addProperty("<s>", TinyLlama.BEGIN);
        vocabulary.addProperty("</s>", TinyLlama.END);
        JsonObject json =
                JsonParser.parseString(
                                """
                                {"version": "1.0", "truncation": null, "padding": null,
                                 "normalizer": null, "post_processor": null,
                                 "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."},
                                  "behavior": "Isolated", "invert": false},
                                 "decoder": {"type": "Fuse"}, "added_tokens": [
                                  {"id": 257, "content": "</s>", "single_word": false,
                                   "lstrip": false, "rstrip": false, "normalized": false,
                                   "special": true}],
                                 "model": {"type": "WordLevel", "unk_token": "一"}}
                                """)
                        .getAsJsonObject();
        json.getAsJsonObject("model").add("vocab", vocabulary);
        return json;
    }

    private static Object[] arguments(Object... more) {
        List<Object> all =
                new ArrayList<>(
                        List.of("generate", "--model", model, "--threads", "1", "--prompt", "一丁"));
        all.addAll(List.of(more));
        return all.toArray();
    }

    private static JsonObject json(Object... more) {
        List<Object> all = new ArrayList<>(List.of(more));
        all.add("--json");
        return Cli.done(arguments(all.toArray())).json();
    }

    private static int[] ints(JsonElement written) {
        return new Gson().fromJson(written, int[].class);
    }

    @Test
    void theReportHasTheKeysOfTheContract() {
        JsonObject json = json("--max-new-tokens", "9");
        assertThat(json.keySet())
                .containsExactlyInAnyOrder(
                        "text",
                        "prompt_ids",
                        "generated_ids",
                        "finish_reason",
                        "prefill_tokens_per_second",
                        "decode_tokens_per_second");
        assertThat(ints(json.get("prompt_ids"))).containsExactly(0, 1);
        int[] ids = ints(json.get("generated_ids"));
        assertThat(ids).hasSize(9);
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(Character.toString(0x4E00 + id));
        }
        assertThat(json.get("text").getAsString()).isEqualTo(text.toString());
        assertThat(json.get("finish_reason").getAsString()).isEqualTo("max_new_tokens");
        assertThat(json.get("prefill_tokens_per_second").getAsDouble()).isPositive();
        assertThat(json.get("decode_tokens_per_second").getAsDouble()).isPositive();
    }

    @Test
    void textComesOnStandardOutputAndItsSpeedOnStandardError() {
        String text = json("--max-new-tokens", "9").get("text").getAsString();
        Cli.Run run = Cli.done(arguments("--max-new-tokens", "9"));
        assertThat(run.out()).isEqualTo(text + System.lineSeparator());
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err())
                .contains("9 tokens after a prompt of 2, ended at the length limit", "tokens/s");
    }

    @Test
    void anAdapterWritesItsOwnText() {
        String base = json("--max-new-tokens", "6").get("text").getAsString();
        JsonObject adapted = json("--max-new-tokens", "6", "--adapter", adapter);
        assertThat(adapted.get("text").getAsString()).isNotEqualTo(base).startsWith("三三");
        assertThat(adapted.get("text").getAsString()).doesNotContain("</s>");
    }

    @Test
    void aStopStringEndsTheText() {
        String text = json("--max-new-tokens", "12").get("text").getAsString();
        int at = text.offsetByCodePoints(0, 5);
        String stop = text.substring(at, at + 2);
        JsonObject json = json("--max-new-tokens", "12", "--stop", "never", "--stop", stop);
        assertThat(json.get("text").getAsString()).isEqualTo(text.substring(0, text.indexOf(stop)));
        assertThat(json.get("finish_reason").getAsString()).isEqualTo("stop_string");
        assertThat(ints(json.get("generated_ids")).length).isLessThan(12);
    }

    @Test
    void aStopTokenIsNamedByItsIdOrItsName() {
        int[] whole = ints(json("--max-new-tokens", "12").get("generated_ids"));
        int[] first = Arrays.copyOf(whole, 6);
        int stop = first[5];
        int at = IntStream.range(0, 6).filter(i -> first[i] == stop).findFirst().orElseThrow();
        for (Object token : new Object[] {stop, Character.toString(0x4E00 + stop)}) {
            JsonObject json = json("--max-new-tokens", "12", "--stop-token", token);
            assertThat(json.get("finish_reason").getAsString()).isEqualTo("end_token");
            assertThat(ints(json.get("generated_ids"))).isEqualTo(Arrays.copyOf(whole, at + 1));
        }
        assertThat(Cli.run(arguments("--stop-token", "<|none|>")).refusal(1))
                .contains("--stop-token <|none|>", "no such token");
        assertThat(Cli.run(arguments("--stop-token", "9999")).refusal(1)).contains("258 tokens");
    }

    @Test
    void whatGenerationConfigAsksForHoldsUnlessAnOptionSaysOtherwise() throws IOException {
        Path own = folder.resolve("own");
        Files.createDirectories(own);
        for (String name :
                new String[] {
                    "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"
                }) {
            Files.copy(model.resolve(name), own.resolve(name));
        }
        int[] plain = ints(json("--max-new-tokens", "6").get("generated_ids"));
        Path file = own.resolve("generation_config.json");
        Files.writeString(file, "{\"max_new_tokens\": 4, \"bad_words_ids\": [[" + plain[0] + "]]}");
        JsonObject changed =
                Cli.done("generate", "--model", own, "--threads", "1", "--prompt", "一丁", "--json")
                        .json();
        assertThat(ints(changed.get("generated_ids"))).hasSize(4).doesNotContain(plain[0]);
        Files.writeString(file, "{\"max_new_tokens\": 4}");
        JsonObject longer =
                Cli.done(
                                "generate",
                                "--model",
                                own,
                                "--threads",
                                "1",
                                "--prompt",
                                "一丁",
                                "--max-new-tokens",
                                "6",
                                "--json")
                        .json();
        assertThat(ints(longer.get("generated_ids"))).isEqualTo(plain);
        Files.writeString(file, "{\"num_beams\": 4}");
        assertThat(
                        Cli.run("generate", "--model", own, "--threads", "1", "--prompt", "一丁")
                                .refusal(1))
                .contains("generation_config.json", "num_beams");
    }

    @Test
    void aSeedDrawsTheSameTextAgain() {
        Object[] draw = {
            "--temperature",
            "1.5",
            "--top-k",
            "100",
            "--top-p",
            "0.9",
            "--repetition-penalty",
            "1.2",
            "--seed",
            "7"
        };
        String text = json(draw).get("text").getAsString();
        assertThat(json(draw).get("text").getAsString()).isEqualTo(text);
        draw[draw.length - 1] = "8";
        assertThat(json(draw).get("text").getAsString()).isNotEqualTo(text);
    }

    @Test
    void aChatIsRenderedByTheModelsTemplate() throws IOException {
        assertThat(Cli.run(arguments("--chat")).refusal(CommandLines.FAILED))
                .contains("no chat template");
        Path template = model.resolve("chat_template.jinja");
        Files.writeString(
                template,
                "{% for m in messages %}{% if m.role == 'system' %}丏{% else %}七{% endif %}"
                        + "{{ m.content }}{% endfor %}{% if add_generation_prompt %}丄{% endif %}");
        try {
            int[] alone = ints(json("--chat", "--max-new-tokens", "2").get("prompt_ids"));
            assertThat(alone).containsExactly(3, 0, 1, 4);
            JsonObject both =
                    json("--chat", "--system", "丂", "--max-new-tokens", "2", "--dtype", "bf16");
            assertThat(ints(both.get("prompt_ids"))).containsExactly(15, 2, 3, 0, 1, 4);
            Files.writeString(template, "{{ raise_exception('no ' ~ messages[0].role) }}");
            assertThat(Cli.run(arguments("--chat")).refusal(CommandLines.FAILED))
                    .contains("template, line 1", "no user");
            Files.writeString(template, "{% for m in messages %}");
            assertThat(Cli.run(arguments("--chat")).refusal(CommandLines.FAILED))
                    .contains("chat_template.jinja", "line 1");
        } finally {
            Files.delete(template);
        }
    }

    @Test
    void aPromptMayStandInAFile() throws IOException {
        Path file = folder.resolve("prompt.txt");
        Files.writeString(file, "一丁\n");
        JsonObject json =
                Cli.done(
                                "generate",
                                "--model",
                                model,
                                "--threads",
                                "1",
                                "--prompt-file",
                                file,
                                "--max-new-tokens",
                                "1",
                                "--json")
                        .json();
        assertThat(ints(json.get("prompt_ids"))).startsWith(0, 1);
        Files.write(file, new byte[] {(byte) 0xE4, (byte) 0xB8});
        assertThat(
                        Cli.run("generate", "--model", model, "--prompt-file", file)
                                .refusal(CommandLines.FAILED))
                .contains("prompt.txt: not text in UTF-8");
        assertThat(
                        Cli.run("generate", "--model", model, "--prompt-file", folder.resolve("no"))
                                .refusal(CommandLines.FAILED))
                .contains("no such file");
    }

    @Test
    void wrongValuesAreWrongUseAndNameTheOption() {
        Object[][] wrong = {
            {"--max-new-tokens", "0"},
            {"--temperature", "-1"},
            {"--temperature", "NaN"},
            {"--top-p", "1.5"},
            {"--top-k", "-3"},
            {"--repetition-penalty", "0"},
            {"--stop", ""},
            {"--prompt-file", "x"},
            {"--system", "x"},
            {"--dtype", "f64"},
            {"--seed", "x"}
        };
        for (Object[] options : wrong) {
            assertThat(Cli.run(arguments(options)).refusal(CommandLines.WRONG_USE))
                    .contains(options[0].toString());
        }
        assertThat(Cli.run("generate", "--model", model).refusal(CommandLines.WRONG_USE))
                .contains("--prompt");
    }

    @Test
    void anEncoderWritesNoText() throws IOException {
        Path encoder = folder.resolve("encoder");
        WordBert.write(encoder, List.of("x"), 1);
        assertThat(
                        Cli.run("generate", "--model", encoder, "--prompt", "x")
                                .refusal(CommandLines.FAILED))
                .contains("bert", "expected a language model");
    }

    private static Process program(Object... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Dai.djl.offline=true",
                                "-Dfile.encoding=US-ASCII", // what the program prints is UTF-8
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("OPT_OUT_TRACKING", "true");
        builder.redirectError(folder.resolve("err.txt").toFile());
        return builder.start();
    }

    /** Ctrl-C, or a scheduler's SIGTERM, ends the text and not the process in the middle of it. */
    @Test
    void anInterruptedTextEndsInWholeCharacters() throws Exception {
        Path prompt = folder.resolve("interrupted.txt");
        Files.writeString(prompt, "一丁");
        Process process =
                program(
                        "generate",
                        "--model",
                        model,
                        "--threads",
                        "1",
                        "--prompt-file",
                        prompt,
                        "--temperature",
                        "1",
                        "--max-new-tokens",
                        "100000");
        try (InputStream in = process.getInputStream()) {
            byte[] first = in.readNBytes(30);
            process.toHandle().destroy(); // Process.destroy would close what is read here
            byte[] rest = in.readAllBytes();
            ByteBuffer all = ByteBuffer.allocate(first.length + rest.length).put(first).put(rest);
            String text = StandardCharsets.UTF_8.newDecoder().decode(all.flip()).toString();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(text).endsWith("\n");
            assertThat(text.strip().codePoints()).allMatch(c -> c >= 0x4E00 && c < 0x4F00);
            assertThat(Files.readString(folder.resolve("err.txt"))).contains("interrupted");
        } finally {
            process.destroyForcibly();
        }
    }
}
