/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.springai;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.GenerationConfigBuilder;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoraModel;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.scheduler.Schedulers;

/**
 * Spring AI's {@link ChatModel} over a {@link TextGenerator}, by the model's chat template.
 *
 * <p>Of a prompt's options temperature, topP, topK, maxTokens and stopSequences are honoured and
 * win over the defaults; penalties of frequency and presence, tools and other models are refused,
 * and so are messages of other kinds than system, user and assistant, and media. Tokens are drawn
 * from the seed of the defaults, so the same prompt has the same answer.
 *
 * <p>Thread-safe, as the generator is. A call runs on its thread; a stream runs on one of Reactor's
 * bounded elastic scheduler, gives the text as it comes and, last, why it ended, and ends early
 * when it is cancelled. Both use the adapters that are active on the thread that calls.
 */
public final class LoraChatModel implements ChatModel {
    private final LoraModel model;
    private final TextGenerator generator;
    private final GenerationConfig defaults;

    private LoraChatModel(TextGenerator generator, GenerationConfig defaults) {
        this.model = generator.model();
        this.generator = generator;
        this.defaults = defaults;
    }

    /**
     * Returns the model of a generator, whose own settings hold where a prompt has none.
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
     * @param defaults how, where a prompt says nothing
     */
    public static LoraChatModel of(TextGenerator generator, GenerationConfig defaults) {
        return new LoraChatModel(generator, defaults);
    }

    /**
     * Answers.
     *
     * @param prompt the messages, and how
     * @throws IllegalArgumentException if the prompt asks for what is not supported, all of which
     *     is named; if an option is out of its range, or the messages are longer than the model has
     *     positions for
     */
    @Override
    public ChatResponse call(Prompt prompt) {
        org.lora4j.generate.Generation answer =
                generator.generate(conversation(prompt), config(prompt.getOptions()));
        return response(answer.text(), answer);
    }

    /**
     * Answers piece by piece.
     *
     * @param prompt the messages, and how
     * @return the pieces, of which the last has no text but the reason that it is the last
     * @throws IllegalArgumentException as {@link #call(Prompt)}
     */
    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        Conversation conversation = conversation(prompt);
        GenerationConfig config = config(prompt.getOptions());
        AdapterSelection adapters = model.block().loraContext().active().current();
        return Flux.<ChatResponse>create(sink -> stream(conversation, config, adapters, sink))
                .subscribeOn(Schedulers.boundedElastic());
    }

    private void stream(
            Conversation conversation,
            GenerationConfig config,
            AdapterSelection adapters,
            FluxSink<ChatResponse> sink) {
        try (ActiveAdapters.Scope scope = model.use(adapters)) {
            org.lora4j.generate.Generation answer =
                    generator
                            .until(sink::isCancelled)
                            .generate(
                                    conversation,
                                    config,
                                    piece -> sink.next(response(piece, null)));
            sink.next(response("", answer));
            sink.complete();
        } catch (RuntimeException e) {
            sink.error(e);
        }
    }

    private static ChatResponse response(
            String text, org.lora4j.generate.@Nullable Generation answer) {
        AssistantMessage message = new AssistantMessage(text);
        if (answer == null) {
            return new ChatResponse(List.of(new Generation(message)));
        }
        String reason =
                switch (answer.finish()) {
                    case END_TOKEN, STOP_STRING -> "stop";
                    case MAX_NEW_TOKENS, POSITIONS -> "length";
                    case CANCELLED, INTERRUPTED -> answer.finish().name().toLowerCase(Locale.ROOT);
                };
        return new ChatResponse(
                List.of(
                        new Generation(
                                message,
                                ChatGenerationMetadata.builder().finishReason(reason).build())),
                ChatResponseMetadata.builder()
                        .usage(
                                new DefaultUsage(
                                        answer.promptIds().size(), answer.generatedIds().size()))
                        .build());
    }

    private static Conversation conversation(Prompt prompt) {
        List<Message> messages = new ArrayList<>();
        for (org.springframework.ai.chat.messages.Message message : prompt.getInstructions()) {
            MessageType type = message.getMessageType();
            boolean media = message instanceof MediaContent with && !with.getMedia().isEmpty();
            boolean tools =
                    type == MessageType.TOOL
                            || (message instanceof AssistantMessage answer
                                    && answer.hasToolCalls());
            String text = message.getText();
            if (media || tools || text == null) {
                throw new IllegalArgumentException(
                        "a message is %s; expected messages of system, user and assistant with texts, and without media and tools"
                                .formatted(message));
            }
            messages.add(Message.of(type.getValue(), text));
        }
        return Conversation.of(messages);
    }

    private GenerationConfig config(@Nullable ChatOptions asked) {
        if (asked == null) {
            return defaults;
        }
        refuse(asked);
        GenerationConfigBuilder config = defaults.toBuilder();
        if (asked.getTemperature() != null) {
            config.optTemperature(asked.getTemperature());
        }
        if (asked.getTopP() != null) {
            config.optTopP(asked.getTopP());
        }
        if (asked.getTopK() != null) {
            config.optTopK(asked.getTopK());
        }
        if (asked.getMaxTokens() != null) {
            config.optMaxNewTokens(asked.getMaxTokens());
        }
        List<String> stops = asked.getStopSequences();
        if (stops != null && !stops.isEmpty()) {
            config.optStopStrings(stops.toArray(String[]::new));
        }
        return config.build();
    }

    private static void refuse(ChatOptions asked) {
        Map<String, @Nullable Object> refused = new LinkedHashMap<>();
        refused.put("model", asked.getModel());
        refused.put("frequencyPenalty", asked.getFrequencyPenalty());
        refused.put("presencePenalty", asked.getPresencePenalty());
        if (asked instanceof ToolCallingChatOptions tools) {
            List<?> calls = tools.getToolCallbacks();
            refused.put("toolCallbacks", calls == null || calls.isEmpty() ? null : calls);
        }
        refused.values().removeIf(Objects::isNull);
        if (!refused.isEmpty()) {
            throw new IllegalArgumentException(
                    refused.entrySet().stream()
                                    .map(each -> each.getKey() + " is " + each.getValue())
                                    .collect(Collectors.joining("; "))
                            + "; expected none, which the model cannot honour");
        }
    }
}
