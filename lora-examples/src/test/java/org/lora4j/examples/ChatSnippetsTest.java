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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.testkit.TinyBert;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.chat.ChatOptions;
import org.lora4j.text.chat.ChatTemplate;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;

/** The code of docs/chat-templates.md. */
final class ChatSnippetsTest {
    @TempDir Path folder;

    @Test
    void aConversationBecomesTokens() throws IOException {
        Path model = TinyBert.write(folder.resolve("model"));
        Files.writeString(
                model.resolve("chat_template.jinja"),
                "{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}"
                        + "{% if add_generation_prompt %}[assistant]{% endif %}");
        // snippet: chat
        Conversation conversation =
                Conversation.of(
                        Message.system("You keep the lighthouse."),
                        Message.user("Which way is the wind?"));
        String text = ChatTemplate.load(model).render(conversation, ChatOptions.PROMPT).text();
        try (TextTokenizer tokenizer = TextTokenizer.load(model)) {
            int[] prompt = tokenizer.chat().encode(conversation, ChatOptions.PROMPT);
            // end
            assertThat(prompt).isNotEmpty();
        }
        assertThat(text)
                .isEqualTo(
                        "[system] You keep the lighthouse.\n[user] Which way is the wind?\n"
                                + "[assistant]");
    }
}
