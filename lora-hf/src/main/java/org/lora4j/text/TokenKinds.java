/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.BitSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.lora4j.text.tokenizer.TokenizerDefinition;

/**
 * Which tokens of a tokenizer are not plain text: special ones, which text for people leaves out,
 * and single bytes of the form {@code <0xE4>}, of which a run together makes characters. Immutable.
 */
public final class TokenKinds {
    private final BitSet special = new BitSet();
    private final Map<String, Integer> specialIds;
    private final BitSet bytes = new BitSet();

    private TokenKinds(Map<String, Integer> specialIds) {
        this.specialIds = Map.copyOf(specialIds);
    }

    static TokenKinds of(TokenizerDefinition definition) {
        TokenKinds kinds = new TokenKinds(definition.special());
        kinds.specialIds.values().forEach(kinds.special::set);
        kinds.bytes.or(definition.bytes());
        return kinds;
    }

    /**
     * Whether a token is special: the end of a text, the start of a message.
     *
     * @param id a token's id
     * @return false for one that the tokenizer does not have
     */
    public boolean isSpecial(int id) {
        return special.get(id);
    }

    /** The texts of the special tokens. */
    Set<String> specialTexts() {
        return specialIds.keySet();
    }

    /**
     * The id of a special token.
     *
     * @param content its text, such as {@code <|im_end|>}
     * @return the id, or empty where there is no special token of exactly that text
     */
    public OptionalInt special(String content) {
        Integer id = specialIds.get(content);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * Whether a token is a single byte that has no characters of its own.
     *
     * @param id a token's id
     * @return false for one that the tokenizer does not have
     */
    public boolean isByte(int id) {
        return bytes.get(id);
    }
}
