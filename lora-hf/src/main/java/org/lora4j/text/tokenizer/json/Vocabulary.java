/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pieces of a model: texts with ids or, for Unigram, a list of texts with scores where the id
 * is the position. Not safe for concurrent use.
 */
public final class Vocabulary {
    /**
     * A text that the model knows.
     *
     * @param text the text
     * @param id its id
     * @param score its score as the file writes it, or null where the model has none
     */
    public record Piece(String text, int id, @Nullable String score) {}

    private final Map<String, Piece> byText = new HashMap<>();
    private final List<Piece> listed = new ArrayList<>();
    private final boolean scored;

    Vocabulary(boolean scored) {
        this.scored = scored;
    }

    /** Adds a piece; of two with one text the later counts, as in the native tokenizer. */
    void add(Piece piece) {
        byText.put(piece.text(), piece);
        if (scored) {
            listed.add(piece);
        }
    }

    public boolean scored() {
        return scored;
    }

    @Nullable
    public Piece get(String text) {
        return byText.get(text);
    }

    public int size() {
        return scored ? listed.size() : byText.size();
    }

    /** All pieces, those of a Unigram model in order. */
    Iterable<Piece> pieces() {
        return scored ? listed : byText.values();
    }

    /** The position of the first piece with a text, or -1. */
    public int indexOf(String text) {
        for (int i = 0; i < listed.size(); i++) {
            if (listed.get(i).text().equals(text)) {
                return i;
            }
        }
        return -1;
    }

    /** The position of the first piece with a text and the score 0, or -1. */
    public int indexOfUnscored(String text, int from) {
        for (int i = from; i < listed.size(); i++) {
            Piece piece = listed.get(i);
            if (piece.text().equals(text) && "0.0".equals(piece.score())) {
                return i;
            }
        }
        return -1;
    }
}
