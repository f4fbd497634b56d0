/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.GenerationConfigBuilder;
import org.lora4j.generate.TextGenerator;

/**
 * LangChain4j's {@link ChatModel} over a {@link TextGenerator}, by the model's chat template.
 *
 * <p>Of a request's parameters temperature, topP, topK, maxOutputTokens and stopSequences are
 * honoured and win over the defaults; penalties of frequency and presence, tools, answers in JSON
 * and other models are refused, and so are messages of other kinds than system, user and assistant,
 * and contents other than text. Tokens are drawn from the seed of the defaults, so the same request
 * has the same answer.
 *
 * <p>Thread-safe, as the generator is; a call runs on its thread, with the adapters that are active
 * there.
 */
public final class LoraChatModel implements ChatModel {
    private final TextGenerator generator;
    private final GenerationConfig defaults;

    private LoraChatModel(TextGenerator generator, GenerationConfig defaults) {
        this.generator = generator;
        this.defaults = defaults;
    }

    /**
     * Returns the model of a generator, whose own settings hold where a request has none.
     *
     * @param generator what answers
     */
    public static LoraChatModel of(TextGenerator generator) {
        return of(generator, GenerationConfig.defaults());
    }

    /**
     * Returns the model of a generator.
     *
     * @param generator what answers
     * @param defaults how, where a request says nothing
     */
    public static LoraChatModel of(TextGenerator generator, GenerationConfig defaults) {
        return new LoraChatModel(generator, defaults);
    }

    /**
     * Answers.
     *
     * @param request the messages, and how
     * @throws UnsupportedFeatureException if the request asks for what is not supported; all of it
     *     is named
     * @throws IllegalArgumentException if a parameter is out of its range, or the messages are
     *     longer than the model has positions for
     */
    @Override
    public ChatResponse doChat(ChatRequest request) {
        ChatRequestParameters asked = request.parameters();
        refuse(asked);
        Generation answer =
                generator.generate(ChatMessages.conversation(request.messages()), config(asked));
        return ChatResponse.builder()
                .aiMessage(AiMessage.from(answer.text()))
                .finishReason(reason(answer))
                .tokenUsage(new TokenUsage(answer.promptIds().size(), answer.generatedIds().size()))
                .build();
    }

    private static void refuse(ChatRequestParameters asked) {
        Map<String, @Nullable Object> refused = new LinkedHashMap<>();
        refused.put("modelName", asked.modelName());
        refused.put("frequencyPenalty", asked.frequencyPenalty());
        refused.put("presencePenalty", asked.presencePenalty());
        ResponseFormat format = asked.responseFormat();
        boolean text = format == null || format.type() == ResponseFormatType.TEXT;
        refused.put("responseFormat", text ? null : format);
        boolean must = asked.toolChoice() == ToolChoice.REQUIRED;
        refused.put("toolChoice", must ? asked.toolChoice() : null);
        List<?> tools = asked.toolSpecifications();
        refused.put("toolSpecifications", tools == null || tools.isEmpty() ? null : tools);
        refused.values().removeIf(Objects::isNull);
        if (!refused.isEmpty()) {
            throw new UnsupportedFeatureException(
                    refused.entrySet().stream()
                                    .map(each -> each.getKey() + " is " + each.getValue())
                                    .collect(Collectors.joining("; "))
                            + "; expected none, which the model cannot honour");
        }
    }

    private GenerationConfig config(ChatRequestParameters asked) {
        GenerationConfigBuilder config = defaults.toBuilder();
        if (asked.temperature() != null) {
            config.optTemperature(asked.temperature());
        }
        if (asked.topP() != null) {
            config.optTopP(asked.topP());
        }
        if (asked.topK() != null) {
            config.optTopK(asked.topK());
        }
        if (asked.maxOutputTokens() != null) {
            config.optMaxNewTokens(asked.maxOutputTokens());
        }
        List<String> stops = asked.stopSequences();
        if (stops != null && !stops.isEmpty()) {
            config.optStopStrings(stops.toArray(String[]::new));
        }
        return config.build();
    }

    private static FinishReason reason(Generation answer) {
        return switch (answer.finish()) {
            case END_TOKEN, STOP_STRING -> FinishReason.STOP;
            case MAX_NEW_TOKENS, POSITIONS -> FinishReason.LENGTH;
            case CANCELLED, INTERRUPTED -> FinishReason.OTHER;
        };
    }
}
