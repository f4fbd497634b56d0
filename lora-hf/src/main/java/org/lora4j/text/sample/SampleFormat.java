/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How a line of a jsonl file says what a language model learns: by which members it has. */
public enum SampleFormat {
    /** The first line that can be read decides for the whole file. */
    AUTO,
    /**
     * {@code {"messages": [{"role": ..., "content": ...}, ...]}}, a conversation in the layout of
     * the model's chat template, of which the assistant's messages are learnt; also {@code tools}
     * and {@code documents}.
     */
    MESSAGES,
    /** {@code {"prompt": ..., "completion": ...}}, joined as they are. */
    PROMPT_COMPLETION,
    /**
     * {@code {"instruction": ..., "input": ..., "output": ...}}, set into the prompt of Stanford
     * Alpaca; the input may be missing, null or empty.
     */
    INSTRUCTION,
    /** {@code {"text": ...}}, learnt whole. */
    TEXT;

    /** The members that a line of this format must have; none for {@link #AUTO}. */
    List<String> members() {
        return switch (this) {
            case AUTO -> List.of();
            case MESSAGES -> List.of("messages");
            case PROMPT_COMPLETION -> List.of("prompt", "completion");
            case INSTRUCTION -> List.of("instruction", "output");
            case TEXT -> List.of("text");
        };
    }

    /** The format that some members make, the first in the order above, or null. */
    static @Nullable SampleFormat of(Collection<String> found) {
        return formats()
                .filter(format -> found.containsAll(format.members()))
                .findFirst()
                .orElse(null);
    }

    private static Stream<SampleFormat> formats() {
        return Arrays.stream(values()).filter(format -> format != AUTO);
    }

    /** What lines may look like, for messages. */
    static String choices() {
        return formats()
                .map(format -> String.join(" and ", format.members()))
                .collect(Collectors.joining(", or "));
    }

    /** Returns the format's name as the command line spells it, such as prompt-completion. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
