/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.generate.FinishReason;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;

/** The code of docs/howto/generate-text.md. */
final class GenerationSnippetsTest {
    @TempDir Path folder;

    private Path adapter(Path checkpoint) throws IOException {
        Path adapter = folder.resolve("adapter");
        LoraConfig config = LoraConfig.builder().setRank(4).setAlpha(8).build();
        try (LoraModel model = LoraModel.load(checkpoint, Task.causalLanguageModel())) {
            model.addAdapter("default", config);
            model.saveAdapter("default", adapter);
        }
        return adapter;
    }

    @Test
    void aTextIsContinued() throws IOException {
        Path checkpoint = TinyLlama.write(folder.resolve("model"), 1);
        Path adapter = adapter(checkpoint);
        // snippet: generate
        Generation text;
        try (LoraModel model = LoraModel.load(checkpoint, adapter, LoadOptions.defaults())) {
            TextGenerator generator = TextGenerator.of(model);
            GenerationConfig config = GenerationConfig.builder().optMaxNewTokens(40).build();
            text = generator.generate("The lighthouse keeper said:", config);
            System.out.println(text.text());
        }
        // end
        assertThat(text.generatedIds()).hasSizeBetween(1, 40);
        assertThat(text.finish()).isIn(FinishReason.END_TOKEN, FinishReason.MAX_NEW_TOKENS);
    }

    @Test
    void aChatIsAnsweredPieceByPiece() throws IOException {
        Path checkpoint = TinyLlama.write(folder.resolve("model"), 1);
        Files.writeString(
                checkpoint.resolve("chat_template.jinja"),
                "{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}"
                        + "{% if add_generation_prompt %}[assistant]{% endif %}");
        try (LoraModel model = LoraModel.load(checkpoint, Task.causalLanguageModel())) {
            TextGenerator generator = TextGenerator.of(model);
            // snippet: generate-chat
            Conversation chat = Conversation.of(Message.user("Which way is the wind?"));
            GenerationConfig drawn =
                    GenerationConfig.builder()
                            .optMaxNewTokens(60)
                            .optTemperature(0.7)
                            .optTopP(0.9)
                            .optSeed(42)
                            .build();
            Generation answer = generator.generate(chat, drawn, System.out::print);
            // end
            assertThat(answer.generatedIds()).isNotEmpty();
            // snippet: generate-stream
            try (Stream<String> pieces = generator.stream(chat, drawn)) {
                pieces.limit(10).forEach(System.out::print); // no more than that is generated
            }
            // end
        }
    }

    @Test
    void aBatchOfPromptsIsCancelledAndAdaptersAreChosenByThread() throws IOException {
        Path checkpoint = TinyLlama.write(folder.resolve("model"), 1);
        try (LoraModel model =
                LoraModel.load(checkpoint, adapter(checkpoint), LoadOptions.defaults())) {
            TextGenerator generator = TextGenerator.of(model);
            GenerationConfig config = GenerationConfig.builder().optMaxNewTokens(5).build();
            // snippet: generate-adapters
            List<String> prompts = List.of("Fog at noon", "A calm night, and then");
            List<Generation> adapted = generator.generate(prompts, config);
            List<Generation> base;
            try (ActiveAdapters.Scope none = model.use(AdapterSelection.none())) {
                base = generator.generate(prompts, config);
            }
            // end
            assertThat(adapted).hasSize(2);
            assertThat(base).hasSize(2);
            // snippet: generate-cancel
            AtomicBoolean cancelled = new AtomicBoolean();
            TextGenerator patient = generator.until(cancelled::get);
            Generation text = patient.generate("Fog at noon", config);
            // end
            assertThat(text.finish()).isNotEqualTo(FinishReason.CANCELLED);
            cancelled.set(true);
            assertThat(patient.generate("Fog at noon", config).finish())
                    .isEqualTo(FinishReason.CANCELLED);
            assertThat(new ArrayList<>(base)).isNotEmpty();
        }
    }
}
