/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenderTest {
    private static final String TOKENIZER =
            """
            {"version": "1.0", "truncation": null, "padding": null, "normalizer": null,
             "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null,
             "decoder": null, "added_tokens": [
              {"id": 3, "content": "<end>", "single_word": false, "lstrip": false, "rstrip": false,
               "normalized": false, "special": true}],
             "model": {"type": "WordLevel", "unk_token": "?",
              "vocab": {"?": 0, "user:": 1, "bot:": 2, "<end>": 3, "hi": 4, "ahoy": 5, "sea": 6}}}
            """;

    @TempDir Path model = Path.of("");
    private Path data = Path.of("");

    @BeforeEach
    void writeModel() throws IOException {
        Files.writeString(model.resolve("tokenizer.json"), TOKENIZER);
        Files.writeString(model.resolve("tokenizer_config.json"), "{\"eos_token\": \"<end>\"}");
        Files.writeString(
                model.resolve("chat_template.jinja"),
                "{% for m in messages %}{% if m.role == 'user' %}user: {{ m.content }} "
                        + "{% elif m.role == 'assistant' %}bot: {{ m.content }} <end> "
                        + "{% else %}{{ raise_exception('who is ' ~ m.role ~ '?') }}{% endif %}"
                        + "{% endfor %}{% if add_generation_prompt %}bot: {% endif %}");
        data = model.resolve("chats.jsonl");
    }

    private void conversations(String... lines) throws IOException {
        Files.writeString(data, String.join("\n", lines));
    }

    private static final String AHOY =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"},"
                    + " {\"role\": \"assistant\", \"content\": \"ahoy sea\"}]}";
    private static final String PARROT =
            "{\"messages\": [{\"role\": \"parrot\", \"content\": \"hi\"}]}";

    @Test
    void showsWhatIsLearnt() throws IOException {
        conversations(AHOY);
        Cli.Run run = Cli.done("render", "--model", model, "--data", data);
        assertThat(run.out()).contains("line 1: 6 tokens, 3 learnt");
        assertThat(run.out()).contains("user: hi bot:\u27e6ahoy sea <end>\u27e7");
    }

    @Test
    void writesTokensAndRefusalsAsJson() throws IOException {
        conversations(AHOY, PARROT);
        JsonObject json = Cli.done("render", "--model", model, "--data", data, "--json").json();
        JsonObject first = json.getAsJsonArray("conversations").get(0).getAsJsonObject();
        JsonObject sample = first.getAsJsonArray("samples").get(0).getAsJsonObject();
        assertThat(sample.getAsJsonArray("ids")).hasToString("[1,4,2,5,6,3]");
        assertThat(sample.getAsJsonArray("learnt")).hasToString("[0,0,0,1,1,1]");
        JsonObject second = json.getAsJsonArray("conversations").get(1).getAsJsonObject();
        assertThat(second.get("error").getAsString()).contains("who is parrot?");
        assertThat(json.get("refused").getAsInt()).isEqualTo(1);
    }

    @Test
    void showsThePrompt() throws IOException {
        conversations(AHOY);
        JsonObject json =
                Cli.done(
                                "render",
                                "--model",
                                model,
                                "--data",
                                data,
                                "--generation-prompt",
                                "--json")
                        .json();
        JsonObject first = json.getAsJsonArray("conversations").get(0).getAsJsonObject();
        assertThat(first.get("text").getAsString()).isEqualTo("user: hi bot: ahoy sea <end> bot: ");
        assertThat(first.getAsJsonArray("ids")).hasToString("[1,4,2,5,6,3,2]");
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        conversations(AHOY);
        Files.delete(model.resolve("chat_template.jinja"));
        assertThat(Cli.run("render", "--model", model, "--data", data).refusal(1))
                .contains("no chat template");
    }
}
