/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.SampleTokens;
import org.lora4j.text.chat.ChatOptions;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;

/**
 * A conversation and the messages that should follow it, in the layout of the model's chat
 * template. The completion begins at the first token in which the whole differs from the
 * conversation with the opening of the assistant's next message, as in TRL.
 *
 * @param line the line of the file, 0 where there is none
 * @param prompt what is given
 * @param completion the messages that follow
 */
public record ChatCompletion(int line, Conversation prompt, List<Message> completion)
        implements TrainingSample {
    /** Copies the list. */
    public ChatCompletion {
        completion = List.copyOf(completion);
    }

    @Override
    public List<SampleTokens> tokens(TextTokenizer tokenizer, LossOn lossOn) {
        List<Message> messages = new ArrayList<>(prompt.messages());
        messages.addAll(completion);
        Conversation whole = new Conversation(messages, prompt.tools(), prompt.documents());
        SampleTokens all = tokenizer.chat().samples(whole, LossOn.ALL).get(0);
        if (lossOn == LossOn.ALL) {
            return List.of(all);
        }
        int[] given =
                prompt.messages().isEmpty()
                        ? new int[0]
                        : tokenizer.chat().encode(prompt, ChatOptions.PROMPT);
        int[] ids = all.ids();
        int differ = Arrays.mismatch(given, ids);
        int first = differ < 0 ? ids.length : differ;
        boolean[] learnt = new boolean[ids.length];
        Arrays.fill(learnt, first, ids.length, true);
        return List.of(new SampleTokens(ids, learnt, first < given.length, all.ends()));
    }
}
