/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.aggregator.ReRankingContentAggregator;
import dev.langchain4j.rag.query.Query;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.Pooling;
import org.lora4j.predict.Reranker;
import org.lora4j.predict.TextPair;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.TextExample;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;
import org.lora4j.train.LoraTrainer;

/** LangChain4j gets what the predictors give. */
final class LangChain4jTest {
    private static final List<String> WORDS =
            List.of("query", "passage", ":", "red", "green", "blue", "is", "the", "sky", "grass");

    @TempDir Path folder;

    private Path words() throws IOException {
        Path directory = folder.resolve("words");
        WordBert.write(directory, WORDS, 3);
        return directory;
    }

    private static EmbeddingForm form(Map<String, String> prompts) {
        EmbeddingForm plain = EmbeddingForm.of(Pooling.MEAN).withNormalize(true);
        return new EmbeddingForm(
                plain.poolings(), true, true, 0, false, prompts, plain.defaultPrompt(), 0);
    }

    @Test
    void embeddingsAreThoseOfTheEmbedder() throws IOException {
        Map<String, String> prompts = Map.of("query", "query: ", "passage", "passage: ");
        try (LoraModel model = LoraModel.load(words(), Task.embedding(form(prompts)))) {
            TextEmbedder embedder = new TextEmbedder(model);
            LoraEmbeddingModel embeddings = LoraEmbeddingModel.of(embedder);
            List<String> texts = List.of("the sky is blue", "grass", "the grass is green");
            List<TextSegment> segments = texts.stream().map(TextSegment::from).toList();

            assertThat(vectors(embeddings.embedAll(segments).content()))
                    .containsExactlyElementsOf(vectors(embedder.embed(texts), 48));
            assertThat(embeddings.embed("grass").content().vector())
                    .containsExactly(embedder.embed("grass"));
            assertThat(embeddings.dimension()).isEqualTo(48);
            assertThat(embeddings.modelName()).isEqualTo("words");

            EmbeddingRequest queries =
                    EmbeddingRequest.builder()
                            .textSegments(segments)
                            .inputType(EmbeddingInputType.QUERY)
                            .dimensions(5)
                            .build();
            List<List<Float>> asked = vectors(embeddings.embed(queries).embeddings());
            assertThat(asked)
                    .containsExactlyElementsOf(vectors(embedder.embedQueries(texts), 5))
                    .isNotEqualTo(vectors(embedder.embed(texts), 5));
            EmbeddingRequest documents =
                    EmbeddingRequest.builder()
                            .textSegments(segments)
                            .inputType(EmbeddingInputType.DOCUMENT)
                            .build();
            assertThat(vectors(embeddings.embed(documents).embeddings()))
                    .containsExactlyElementsOf(vectors(embedder.embedDocuments(texts), 48))
                    .isNotEqualTo(vectors(embedder.embedQueries(texts), 48));
            assertThatThrownBy(
                            () ->
                                    embeddings.embed(
                                            EmbeddingRequest.builder()
                                                    .textSegments(segments)
                                                    .modelName("another")
                                                    .build()))
                    .isInstanceOf(UnsupportedFeatureException.class);
        }
    }

    private static List<List<Float>> vectors(List<Embedding> embeddings) {
        return embeddings.stream().map(Embedding::vectorAsList).toList();
    }

    private static List<List<Float>> vectors(List<float[]> vectors, int size) {
        return vectors.stream()
                .map(vector -> Embedding.from(Arrays.copyOf(vector, size)).vectorAsList())
                .toList();
    }

    @Test
    void documentsAreRankedByTheReranker() throws IOException {
        try (LoraModel model = LoraModel.load(words(), Task.reranking())) {
            train(model);
            Reranker reranker = Reranker.of(model);
            LoraScoringModel scoring = LoraScoringModel.of(reranker);
            List<String> texts = List.of("grass", "the sky is red", "blue", "the green sky");
            List<TextPair> pairs = texts.stream().map(text -> new TextPair("green", text)).toList();
            List<TextSegment> segments = texts.stream().map(TextSegment::from).toList();
            List<Double> scores = scoring.scoreAll(segments, "green").content();
            assertThat(scores).isEqualTo(reranker.scores(pairs)).doesNotHaveDuplicates();
            assertThat(scoring.score("blue", "green").content())
                    .isEqualTo(reranker.scores(List.of(new TextPair("green", "blue"))).get(0));

            Query query = Query.from("green");
            List<Content> found = segments.stream().map(Content::from).toList();
            List<String> ranked =
                    new ReRankingContentAggregator(scoring)
                            .aggregate(Map.of(query, List.of(found))).stream()
                                    .map(content -> content.textSegment().text())
                                    .toList();
            assertThat(ranked)
                    .isEqualTo(
                            reranker.rank("green", texts).stream()
                                    .map(document -> document.document())
                                    .toList())
                    .isNotEqualTo(texts);
        }
    }

    private static void train(LoraModel model) {
        List<TextExample> rows = new ArrayList<>();
        for (String color : List.of("red", "green", "blue")) {
            for (String thing : List.of("the sky is red", "the green grass", "blue sky")) {
                String relevance = thing.contains(color) ? "1" : "0";
                rows.add(new TextExample(rows.size() + 1, color, thing, relevance));
            }
        }
        model.addAdapter(
                "default",
                LoraConfig.builder().setRank(4).setAlpha(8).optTargetModules("all-linear").build());
        LoraTrainer.builder(model)
                .setDataset(TextDataset.forTraining(model, rows, "rows", BatchOptions.defaults()))
                .optSteps(8)
                .optConfig(config -> config.optLearningRate(5e-3))
                .build()
                .fit();
    }

    private Path llama() throws IOException {
        Path directory = TinyLlama.write(folder.resolve("llama"), 5);
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                """
                {"bos_token": "<s>", "eos_token": "</s>", "chat_template":
                "{% for m in messages %}{{ m.role[0] }}{% if m.name %}({{ m.name }}){% endif %}:{{ m.content }};{% endfor %}a:"}
                """);
        return directory;
    }

    @Test
    void chatsAreAnsweredByTheGenerator() throws IOException {
        try (LoraModel model = LoraModel.load(llama(), Task.causalLanguageModel())) {
            TextGenerator generator = TextGenerator.of(model);
            GenerationConfig defaults = GenerationConfig.builder().optMaxNewTokens(6).build();
            LoraChatModel chat = LoraChatModel.of(generator, defaults);

            Conversation conversation =
                    Conversation.of(
                            Message.system("brief"),
                            new Message(Map.of("role", "user", "content", "a\nb", "name", "Ann")),
                            Message.assistant("c"),
                            Message.user("d"));
            Generation expected = generator.generate(conversation, defaults);
            ChatResponse answer =
                    chat.chat(
                            SystemMessage.from("brief"),
                            UserMessage.from(
                                    "Ann",
                                    dev.langchain4j.data.message.TextContent.from("a"),
                                    dev.langchain4j.data.message.TextContent.from("b")),
                            AiMessage.from("c"),
                            UserMessage.from("d"));
            assertThat(answer.aiMessage().text()).isEqualTo(expected.text()).isNotEmpty();
            assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(answer.tokenUsage().inputTokenCount())
                    .isEqualTo(expected.promptIds().size());
            assertThat(answer.tokenUsage().outputTokenCount()).isEqualTo(6);

            ChatRequestParameters asked =
                    ChatRequestParameters.builder()
                            .temperature(1.5)
                            .topK(7)
                            .topP(0.9)
                            .maxOutputTokens(20)
                            .stopSequences("\u0001\u0002")
                            .responseFormat(ResponseFormat.TEXT)
                            .build();
            GenerationConfig drawn =
                    defaults.toBuilder()
                            .optTemperature(1.5)
                            .optTopK(7)
                            .optTopP(0.9)
                            .optMaxNewTokens(20)
                            .optStopStrings("\u0001\u0002")
                            .build();
            Conversation one = Conversation.of(Message.user("hello"));
            ChatResponse other = chat.chat(request(asked, "hello"));
            assertThat(other.aiMessage().text())
                    .isEqualTo(generator.generate(one, drawn).text())
                    .isNotEqualTo(generator.generate(one, defaults).text());

            String first = generator.generate(one, defaults).text();
            String stop = first.substring(first.length() - 1);
            ChatResponse stopped =
                    chat.chat(
                            request(
                                    ChatRequestParameters.builder().stopSequences(stop).build(),
                                    "hello"));
            assertThat(stopped.aiMessage().text())
                    .isEqualTo(first.substring(0, first.indexOf(stop)));
            assertThat(stopped.finishReason()).isEqualTo(FinishReason.STOP);
        }
    }

    private static ChatRequest request(ChatRequestParameters parameters, String text) {
        return ChatRequest.builder()
                .messages(UserMessage.from(text))
                .parameters(parameters)
                .build();
    }

    @Test
    void whatCannotBeHonouredIsRefusedByName() throws IOException {
        try (LoraModel model = LoraModel.load(llama(), Task.causalLanguageModel())) {
            LoraChatModel chat = LoraChatModel.of(TextGenerator.of(model));
            ChatRequestParameters asked =
                    ChatRequestParameters.builder()
                            .modelName("another")
                            .frequencyPenalty(0.5)
                            .presencePenalty(0.25)
                            .responseFormat(ResponseFormat.JSON)
                            .toolSpecifications(ToolSpecification.builder().name("clock").build())
                            .build();
            assertThatThrownBy(() -> chat.chat(request(asked, "a")))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContainingAll(
                            "modelName is another",
                            "frequencyPenalty is 0.5",
                            "presencePenalty is 0.25",
                            "responseFormat",
                            "clock");
            assertThatThrownBy(
                            () ->
                                    chat.chat(
                                            UserMessage.from(
                                                    ImageContent.from(
                                                            "https://example.org/a.png"))))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("IMAGE");
            assertThatThrownBy(
                            () ->
                                    chat.chat(
                                            UserMessage.from("a"),
                                            ToolExecutionResultMessage.from("1", "clock", "noon")))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("noon");
        }
    }
}
