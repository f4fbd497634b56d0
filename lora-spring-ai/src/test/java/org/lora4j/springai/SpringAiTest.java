/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.Pooling;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.util.MimeTypeUtils;

/** Spring AI gets what the predictors give. */
final class SpringAiTest {
    private static final List<String> WORDS =
            List.of("query", "passage", ":", "red", "green", "blue", "is", "the", "sky", "grass");
    private static final List<String> TEXTS =
            List.of("the sky is blue", "grass", "the grass is green");

    @TempDir Path folder;

    private LoraModel words() throws IOException {
        Path directory = folder.resolve("words");
        WordBert.write(directory, WORDS, 3);
        EmbeddingForm plain = EmbeddingForm.of(Pooling.MEAN).withNormalize(true);
        Map<String, String> prompts = Map.of("query", "query: ", "passage", "passage: ");
        return LoraModel.load(
                directory,
                Task.embedding(
                        new EmbeddingForm(
                                plain.poolings(), true, true, 0, false, prompts, null, 0)));
    }

    @Test
    void theseTestsRunOnTheSpringAiThatTheyAreFor() {
        assertThat(EmbeddingModel.class.getProtectionDomain().getCodeSource().getLocation())
                .asString()
                .contains("-" + System.getProperty("lora4j.springAi") + ".jar");
    }

    @Test
    void embeddingsAreThoseOfTheEmbedder() throws IOException {
        try (LoraModel model = words()) {
            TextEmbedder embedder = new TextEmbedder(model);
            LoraEmbeddingModel embeddings = LoraEmbeddingModel.of(embedder);
            List<float[]> plain = embedder.embed(TEXTS);
            same(embeddings.embed(TEXTS), plain);
            assertThat(embeddings.embed("grass")).containsExactly(embedder.embed("grass"));
            assertThat(embeddings.dimensions()).isEqualTo(48);
            List<Embedding> results = embeddings.embedForResponse(TEXTS).getResults();
            assertThat(results).extracting(Embedding::getIndex).containsExactly(0, 1, 2);

            EmbeddingOptions five = EmbeddingOptions.builder().dimensions(5).build();
            same(
                    embeddings.call(new EmbeddingRequest(TEXTS, five)).getResults().stream()
                            .map(Embedding::getOutput)
                            .toList(),
                    embedder.withDimensions(5).embed(TEXTS));
            EmbeddingOptions other = EmbeddingOptions.builder().model("another").build();
            assertThatThrownBy(() -> embeddings.call(new EmbeddingRequest(TEXTS, other)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"another\"");
        }
    }

    @Test
    void documentsAndQueriesHavePromptsOfTheirOwn() throws IOException {
        try (LoraModel model = words()) {
            TextEmbedder embedder = new TextEmbedder(model);
            LoraEmbeddingModel embeddings = LoraEmbeddingModel.ofQueries(embedder);
            List<Document> documents = TEXTS.stream().map(Document::new).toList();
            List<float[]> found =
                    embeddings.embed(
                            documents,
                            EmbeddingOptions.builder().build(),
                            all -> List.of(all.subList(0, 2), all.subList(2, 3)));
            List<float[]> expected = new ArrayList<>(embedder.embedDocuments(TEXTS.subList(0, 2)));
            expected.addAll(embedder.embedDocuments(TEXTS.subList(2, 3)));
            same(found, expected);
            assertThat(embeddings.embed(documents.get(1)))
                    .containsExactly(embedder.embedDocument("grass"))
                    .isNotEqualTo(embedder.embed("grass"));
            assertThat(embeddings.embed("grass"))
                    .containsExactly(embedder.embedQuery("grass"))
                    .isNotEqualTo(embedder.embedDocument("grass"));
            assertThatThrownBy(
                            () ->
                                    embeddings.embed(
                                            documents,
                                            EmbeddingOptions.builder().build(),
                                            all -> List.of(all.subList(0, 2))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2 documents");
        }
    }

    private static void same(List<float[]> found, List<float[]> expected) {
        assertThat(found.stream().map(Embeddings::list).toList())
                .isEqualTo(expected.stream().map(Embeddings::list).toList());
    }

    /** Vectors that can be compared. */
    private static final class Embeddings {
        static List<Float> list(float[] vector) {
            List<Float> all = new ArrayList<>();
            for (float value : vector) {
                all.add(value);
            }
            return all;
        }
    }

    private LoraModel llama() throws IOException {
        Path directory = TinyLlama.write(folder.resolve("llama"), 5);
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                """
                {"bos_token": "<s>", "eos_token": "</s>", "chat_template":
                "{% for m in messages %}{{ m.role[0] }}:{{ m.content }};{% endfor %}a:"}
                """);
        return LoraModel.load(directory, Task.causalLanguageModel());
    }

    @Test
    void promptsAreAnsweredByTheGenerator() throws IOException {
        try (LoraModel model = llama()) {
            TextGenerator generator = TextGenerator.of(model);
            GenerationConfig defaults = GenerationConfig.builder().optMaxNewTokens(6).build();
            LoraChatModel chat = LoraChatModel.of(generator, defaults);
            Conversation conversation =
                    Conversation.of(
                            Message.system("brief"),
                            Message.user("a"),
                            Message.assistant("c"),
                            Message.user("d"));
            var expected = generator.generate(conversation, defaults);
            ChatResponse answer =
                    chat.call(
                            new Prompt(
                                    new SystemMessage("brief"),
                                    new UserMessage("a"),
                                    new AssistantMessage("c"),
                                    new UserMessage("d")));
            assertThat(text(answer)).isEqualTo(expected.text()).isNotEmpty();
            assertThat(answer.getResult().getMetadata().getFinishReason()).isEqualTo("length");
            assertThat(answer.getMetadata().getUsage().getPromptTokens())
                    .isEqualTo(expected.promptIds().size());
            assertThat(answer.getMetadata().getUsage().getCompletionTokens()).isEqualTo(6);

            ChatOptions asked =
                    ChatOptions.builder().temperature(1.5).topK(7).topP(0.9).maxTokens(20).build();
            GenerationConfig drawn =
                    defaults.toBuilder()
                            .optTemperature(1.5)
                            .optTopK(7)
                            .optTopP(0.9)
                            .optMaxNewTokens(20)
                            .build();
            Conversation one = Conversation.of(Message.user("hello"));
            assertThat(text(chat.call(new Prompt("hello", asked))))
                    .isEqualTo(generator.generate(one, drawn).text())
                    .isNotEqualTo(generator.generate(one, defaults).text());

            String first = generator.generate(one, defaults).text();
            String stop = first.substring(first.length() - 1);
            ChatResponse stopped =
                    chat.call(
                            new Prompt(
                                    "hello",
                                    ChatOptions.builder().stopSequences(List.of(stop)).build()));
            assertThat(text(stopped)).isEqualTo(first.substring(0, first.indexOf(stop)));
            assertThat(stopped.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        }
    }

    private static String text(ChatResponse answer) {
        return answer.getResult().getOutput().getText();
    }

    @Test
    void streamsGiveThePiecesWithTheAdapterOfTheCaller() throws IOException {
        try (LoraModel model = llama()) {
            model.addAdapter(
                    "own",
                    LoraConfig.builder()
                            .setRank(4)
                            .setAlpha(8)
                            .optTargetModules("all-linear")
                            .build());
            perturb(model);
            TextGenerator generator = TextGenerator.of(model);
            GenerationConfig defaults = GenerationConfig.builder().optMaxNewTokens(12).build();
            LoraChatModel chat = LoraChatModel.of(generator, defaults);
            Conversation one = Conversation.of(Message.user("hello"));
            String adapted = generator.generate(one, defaults).text();

            List<ChatResponse> pieces = pieces(chat);
            assertThat(joined(pieces)).isEqualTo(adapted);
            ChatResponse last = pieces.get(pieces.size() - 1);
            assertThat(last.getResult().getMetadata().getFinishReason()).isEqualTo("length");
            assertThat(last.getMetadata().getUsage().getCompletionTokens()).isEqualTo(12);
            assertThat(text(last)).isEmpty();

            try (ActiveAdapters.Scope base = model.use(AdapterSelection.none())) {
                assertThat(joined(pieces(chat)))
                        .isEqualTo(generator.generate(one, defaults).text())
                        .isNotEqualTo(adapted);
            }
            assertThat(chat.stream(new Prompt("hello")).take(2).collectList().block(WAIT))
                    .hasSize(2);
        }
    }

    private static final Duration WAIT = Duration.ofSeconds(60);

    /** Gives the adapter an effect without a training. */
    private static void perturb(LoraModel model) {
        model.block()
                .getParameters()
                .forEach(
                        pair -> {
                            if (pair.getKey().contains("lora_B")
                                    && pair.getValue().isInitialized()) {
                                pair.getValue().getArray().addi(0.3);
                            }
                        });
    }

    private static List<ChatResponse> pieces(LoraChatModel chat) {
        return chat.stream(new Prompt("hello")).collectList().block(WAIT);
    }

    private static String joined(List<ChatResponse> pieces) {
        return pieces.stream().map(SpringAiTest::text).collect(Collectors.joining());
    }

    @Test
    void whatCannotBeHonouredIsRefusedByName() throws IOException {
        try (LoraModel model = llama()) {
            LoraChatModel chat = LoraChatModel.of(TextGenerator.of(model));
            ChatOptions asked =
                    ChatOptions.builder()
                            .model("another")
                            .frequencyPenalty(0.5)
                            .presencePenalty(0.25)
                            .build();
            assertThatThrownBy(() -> chat.call(new Prompt("a", asked)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll(
                            "model is another",
                            "frequencyPenalty is 0.5",
                            "presencePenalty is 0.25");
            UserMessage picture =
                    UserMessage.builder()
                            .text("what is this?")
                            .media(
                                    new Media(
                                            MimeTypeUtils.IMAGE_PNG,
                                            URI.create("https://example.org/a.png")))
                            .build();
            assertThatThrownBy(() -> chat.stream(new Prompt(picture)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("without media");
        }
    }
}
