/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.InputFile;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;
import picocli.CommandLine.Option;

/** The text that a model continues. */
public final class PromptOptions {
    private static final long LARGEST_FILE = 64L << 20;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "The text to continue.")
    private @Nullable String prompt;

    @Option(
            names = "--prompt-file",
            paramLabel = "FILE",
            description = "A file with the text to continue, in UTF-8, used as it is.")
    private @Nullable Path file;

    @Option(
            names = "--chat",
            description = "Answer the prompt as a user's message, with the model's chat template.")
    private boolean chat;

    @Option(names = "--system", paramLabel = "TEXT", description = "A system message for --chat.")
    private @Nullable String system;

    /** Checks that there is one prompt, and a chat for a system message. */
    public void check() {
        if ((prompt == null) == (file == null)) {
            throw new IllegalArgumentException(
                    prompt == null
                            ? "no prompt; expected --prompt TEXT or --prompt-file FILE"
                            : "--prompt and --prompt-file exclude each other");
        }
        if (system != null && !chat) {
            throw new IllegalArgumentException("--system is for --chat, which is not given");
        }
    }

    public boolean isChat() {
        return chat;
    }

    public String text() throws IOException {
        return file == null ? String.valueOf(prompt) : InputFile.readText(file, LARGEST_FILE);
    }

    public Conversation conversation(String text) {
        List<Message> messages = new ArrayList<>();
        if (system != null) {
            messages.add(Message.system(system));
        }
        messages.add(Message.user(text));
        return Conversation.of(messages);
    }
}
