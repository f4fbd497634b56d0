/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.List;

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
