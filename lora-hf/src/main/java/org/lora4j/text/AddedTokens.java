/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.Map;
import org.lora4j.text.tokenizer.TokenizerDefinition;

/**
 * The tokens that a tokenizer adds to its vocabulary.
 *
 * @param special the ids of special tokens by their text: those that no text of a user may become
 * @param others the ids of the other added tokens by their text
 */
record AddedTokens(Map<String, Integer> special, Map<String, Integer> others) {
    AddedTokens {
        special = Map.copyOf(special);
        others = Map.copyOf(others);
    }

    static AddedTokens of(TokenizerDefinition definition) {
        return new AddedTokens(definition.special(), definition.others());
    }
}
