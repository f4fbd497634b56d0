/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import java.util.List;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.SampleTokens;
import org.lora4j.text.chat.ChatEncoder;
import org.lora4j.text.chat.Conversation;

/**
 * A conversation from which a model learns what the assistant says, in the layout of its chat
 * template: see {@link ChatEncoder#samples}.
 *
 * @param line the line of the file, 0 where there is none
 * @param conversation the messages
 */
public record ChatSample(int line, Conversation conversation) implements TrainingSample {
    @Override
    public List<SampleTokens> tokens(TextTokenizer tokenizer, LossOn lossOn) {
        return tokenizer.chat().samples(conversation, lossOn);
    }
}
