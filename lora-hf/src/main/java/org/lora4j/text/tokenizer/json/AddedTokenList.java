/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * The tokens added to a vocabulary, with the ids that tokenizers 0.23 gives them when they are
 * added one after the other: a text of the vocabulary keeps its id, another one gets the next. Not
 * safe for concurrent use.
 */
public final class AddedTokenList {
    /** Ids are far enough below 2^31 that more tokens can be added. */
    public static final int LARGEST_ID = Integer.MAX_VALUE - (1 << 20);

    /** Adding is quadratic in their number on the native side. */
    private static final int MOST = 50_000;

    private final Vocabulary vocabulary;
    private final Map<String, Integer> ids = new LinkedHashMap<>();
    private final TreeMap<Integer, AddedToken> tokens = new TreeMap<>();
    private final Set<String> special = new HashSet<>();

    public AddedTokenList(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** Adds tokens; one that is there already takes the flags of the new one. */
    public void add(List<AddedToken> added) throws TokenizerFormatException {
        int next = vocabulary.size();
        if (!tokens.isEmpty() && tokens.lastKey() >= next) {
            next = tokens.lastKey() + 1;
        }
        for (AddedToken token : added) {
            if (token.content().isEmpty()) {
                continue;
            }
            OptionalInt known = id(token.content());
            int id = known.isPresent() ? known.getAsInt() : next++;
            ids.put(token.content(), id);
            if (token.special()) {
                special.add(token.content());
            }
            tokens.put(id, token);
            if (tokens.size() > MOST) {
                throw new TokenizerFormatException("added_tokens has more than %s tokens", MOST);
            }
        }
    }

    /** The id of a text, among the added tokens or else in the vocabulary. */
    public OptionalInt id(String text) {
        Integer id = ids.get(text);
        if (id != null) {
            return OptionalInt.of(id);
        }
        Vocabulary.Piece piece = vocabulary.get(text);
        return piece == null ? OptionalInt.empty() : OptionalInt.of(piece.id());
    }

    public boolean contains(AddedToken token) {
        return tokens.containsValue(token);
    }

    /** The tokens by id. One that was ever added as special is special, as on the native side. */
    public Map<Integer, AddedToken> byId() {
        Map<Integer, AddedToken> found = new LinkedHashMap<>();
        tokens.forEach(
                (id, token) ->
                        found.put(
                                id, special.contains(token.content()) ? token.asSpecial() : token));
        return found;
    }

    /** Ids by text, of the special tokens or of the others. */
    public Map<String, Integer> ids(boolean ofSpecial) {
        Map<String, Integer> found = new LinkedHashMap<>();
        byId().forEach(
                        (id, token) -> {
                            if (token.special() == ofSpecial) {
                                found.put(token.content(), id);
                            }
                        });
        return found;
    }

    public void write(JsonWriter json) throws IOException {
        json.beginArray();
        for (Map.Entry<Integer, AddedToken> entry : byId().entrySet()) {
            entry.getValue().write(json, entry.getKey());
        }
        json.endArray();
    }
}
