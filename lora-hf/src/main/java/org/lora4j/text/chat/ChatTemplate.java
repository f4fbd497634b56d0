/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.Rendering;
import org.lora4j.jinja.Template;
import org.lora4j.jinja.TemplateException;

/**
 * The chat template of a model: turns a conversation into the text that the model was trained on,
 * exactly as transformers' {@code apply_chat_template(..., tokenize=False)}. Messages are data: a
 * template's syntax in them is text. Immutable and safe for concurrent use.
 */
public final class ChatTemplate {
    private static final String DEFAULT = "default";

    private final Map<String, Template> templates;
    private final Map<String, String> sources;
    private final Map<String, String> specialTokens;
    private final Clock clock;

    private ChatTemplate(
            Map<String, Template> templates,
            Map<String, String> sources,
            Map<String, String> specialTokens,
            Clock clock) {
        this.templates = templates;
        this.sources = sources;
        this.specialTokens = specialTokens;
        this.clock = clock;
    }

    /**
     * Reads the templates of a model: chat_template.jinja, additional_chat_templates/, or the
     * chat_template of tokenizer_config.json, with the special tokens that the latter names.
     *
     * @param directory a Hugging Face directory
     * @return its template
     * @throws IOException if there is none, or a file is broken
     */
    public static ChatTemplate load(Path directory) throws IOException {
        ChatTemplateFiles files = ChatTemplateFiles.read(directory);
        if (files.templates().isEmpty()) {
            throw new IOException(
                    "%s: no chat template; looked for chat_template.jinja and for \"chat_template\" in tokenizer_config.json. A model without one is no chat model: train it on prompts and completions, or put a chat_template.jinja there"
                            .formatted(directory));
        }
        Map<String, Template> templates = new TreeMap<>();
        for (Map.Entry<String, String> source : files.templates().entrySet()) {
            try {
                templates.put(source.getKey(), Template.parse(source.getValue()));
            } catch (TemplateException e) {
                throw new IOException(
                        files.origins().get(source.getKey()) + ": " + e.getMessage(), e);
            }
        }
        return new ChatTemplate(
                templates,
                files.templates(),
                files.specialTokens(),
                Clock.system(ZoneId.systemDefault()));
    }

    /**
     * A template from its source.
     *
     * @param source the template
     * @param specialTokens special tokens by name, such as bos_token, which the template may print
     * @return the template
     * @throws TemplateException if it is malformed
     */
    public static ChatTemplate of(String source, Map<String, String> specialTokens) {
        return new ChatTemplate(
                Map.of(DEFAULT, Template.parse(source)),
                Map.of(DEFAULT, source),
                Collections.unmodifiableMap(new LinkedHashMap<>(specialTokens)),
                Clock.system(ZoneId.systemDefault()));
    }

    /**
     * The same template at another time, for those that print the date.
     *
     * @param clock the clock that {@code strftime_now} reads
     * @return a template
     */
    public ChatTemplate withClock(Clock clock) {
        return new ChatTemplate(templates, sources, specialTokens, clock);
    }

    /**
     * Renders a conversation.
     *
     * @param conversation at least one message
     * @param options how
     * @return the text, and where in it the assistant speaks, for templates that mark it
     * @throws TemplateException if the template fails, refuses the conversation or does too much
     * @throws IllegalArgumentException if there are no messages, there is no such template, or the
     *     final message cannot be continued
     */
    public Rendering render(Conversation conversation, ChatOptions options) {
        if (conversation.messages().isEmpty()) {
            throw new IllegalArgumentException(
                    "the conversation is empty; expected at least one message");
        }
        String name = name(conversation, options);
        List<Map<String, @Nullable Object>> messages = TemplateMessages.of(conversation.messages());
        FinalMessage continued = null;
        if (options.continueFinalMessage()) {
            continued = FinalMessage.tag(messages, String.valueOf(sources.get(name)));
        }
        Map<String, @Nullable Object> variables = new LinkedHashMap<>(specialTokens);
        variables.putAll(options.variables());
        variables.put("messages", messages);
        variables.put("tools", conversation.tools());
        variables.put("documents", conversation.documents());
        variables.put("add_generation_prompt", options.generationPrompt());
        Template template = Objects.requireNonNull(templates.get(name));
        Rendering rendering = template.render(variables, LocalDateTime.now(clock));
        return continued == null ? rendering : continued.cut(rendering);
    }

    private String name(Conversation conversation, ChatOptions options) {
        String wanted = options.template();
        if (wanted == null) {
            wanted =
                    conversation.tools() != null && templates.containsKey("tool_use")
                            ? "tool_use"
                            : DEFAULT;
        }
        if (!templates.containsKey(wanted)) {
            throw new IllegalArgumentException(
                    "the model has no chat template '%s'; it has %s"
                            .formatted(wanted, String.join(", ", templates.keySet())));
        }
        return wanted;
    }
}
