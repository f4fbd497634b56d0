/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import java.util.Map;
import org.lora4j.text.tokenizer.TokenizerDefinition;

/**
 * The tokens that a tokenizer adds to its vocabulary.
 *
 * @param special the ids of special tokens by their text: those that no text of a user may become
 * @param others the ids of the other added tokens by their text
 */
public record AddedTokens(Map<String, Integer> special, Map<String, Integer> others) {
    public AddedTokens {
        special = Map.copyOf(special);
        others = Map.copyOf(others);
    }

    public static AddedTokens of(TokenizerDefinition definition) {
        return new AddedTokens(definition.special(), definition.others());
    }
}
