/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.OptionalInt;
import org.lora4j.text.tokenizer.TokenizerDefinition;

/**
 * What the files beside tokenizer.json say of lengths, padding and ends.
 *
 * @param maxLength the longest input in tokens, empty where the files set no bound
 * @param padId the id of the padding token, empty where there is none
 * @param endId the id of the token that ends a text, empty where there is none
 * @param truncateLeft whether tokens are cut off at the start
 */
record TokenizerSettings(
        OptionalInt maxLength, OptionalInt padId, OptionalInt endId, boolean truncateLeft) {
    static TokenizerSettings of(TokenizerDefinition tokenizer) {
        OptionalInt padId = tokenizer.knownId(tokenizer.token("pad_token"));
        OptionalInt endId = tokenizer.knownId(tokenizer.token("eos_token"));
        return new TokenizerSettings(
                tokenizer.maxLength(),
                padId.isPresent() ? padId : tokenizer.paddingId(),
                endId.isPresent() ? endId : tokenizer.modelEnd(),
                tokenizer.truncatesLeft());
    }
}
