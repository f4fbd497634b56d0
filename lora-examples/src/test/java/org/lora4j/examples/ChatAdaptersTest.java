/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;
import org.lora4j.text.sample.PromptCompletion;
import org.lora4j.text.sample.TrainingSamples;
import org.lora4j.train.LoraTrainer;

/** Answers of several adapters at once are those that each gives alone. */
final class ChatAdaptersTest {
    private static final int TOKENS = 12;
    private static final List<String> NAMES = List.of("cat", "dog", "日本");
    private static final List<String> QUESTIONS = List.of("who?", "what is it", "東京は?");

    @TempDir Path folder;

    private Path model() throws IOException {
        Path model = TinyLlama.write(folder.resolve("model"), 3);
        Files.writeString(
                model.resolve("chat_template.jinja"),
                "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                        + "{% if add_generation_prompt %}assistant:{% endif %}");
        return model;
    }

    /** Teaches an adapter one answer to everything. */
    private Path adapter(Path model, String answer) throws IOException {
        Path place = folder.resolve("adapter-" + NAMES.indexOf(answer));
        List<PromptCompletion> samples = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            String question = QUESTIONS.get(i % QUESTIONS.size());
            samples.add(
                    new PromptCompletion(i, "user: " + question + "\nassistant:", " " + answer));
        }
        try (LoraModel lora = LoraModel.load(model, Task.causalLanguageModel())) {
            lora.addAdapter(
                    "default",
                    LoraConfig.builder()
                            .setRank(8)
                            .setAlpha(16)
                            .optInit(Init.GAUSSIAN)
                            .optTargetModules("all-linear")
                            .build());
            LoraTrainer.builder(lora)
                    .setDataset(
                            CausalDataset.forTraining(
                                    lora,
                                    TrainingSamples.of("memory", samples),
                                    CausalOptions.defaults().withMaxLength(64)))
                    .optEpochs(6)
                    .optConfig(c -> c.optLearningRate(1e-2).optClipNorm(1))
                    .build()
                    .fit();
            lora.saveAdapter("default", place);
        }
        return place;
    }

    private static String alone(Path model, Path adapter, String question) throws IOException {
        try (LoraModel lora = LoraModel.load(model, adapter, LoadOptions.defaults())) {
            return TextGenerator.of(lora)
                    .generate(
                            Conversation.of(Message.user(question)),
                            GenerationConfig.builder().optMaxNewTokens(TOKENS).build())
                    .text();
        }
    }

    @Test
    void eachRequestIsAnsweredByItsOwnAdapter() throws Exception {
        Path model = model();
        Map<String, Path> adapters = new LinkedHashMap<>();
        for (String name : NAMES) {
            adapters.put(name, adapter(model, name));
        }
        List<ChatAdapters.Request> requests = new ArrayList<>();
        for (int i = 0; i < 36; i++) {
            requests.add(
                    new ChatAdapters.Request(
                            NAMES.get(i % 3), QUESTIONS.get(i / 3 % QUESTIONS.size())));
        }
        Map<ChatAdapters.Request, String> expected = new LinkedHashMap<>();
        for (ChatAdapters.Request request : new HashSet<>(requests)) {
            Path adapter = adapters.get(request.adapter());
            expected.put(request, alone(model, adapter, request.question()));
        }
        List<String> answers = ChatAdapters.run(model, adapters, requests, TOKENS, 4);
        for (int i = 0; i < requests.size(); i++) {
            assertThat(answers.get(i))
                    .as("%s", requests.get(i))
                    .isEqualTo(expected.get(requests.get(i)));
        }
        for (String name : NAMES) { // so that an answer by another adapter would have been seen
            assertThat(expected.get(new ChatAdapters.Request(name, "who?"))).contains(name);
        }
    }

    @Test
    void wrongArgumentsAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ChatAdapters.main(new String[0]))
                .withMessageContaining("QUESTION ADAPTER");
    }
}
