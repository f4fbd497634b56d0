/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.lora4j.safetensors.InputFile;

/**
 * Which tokens of a tokenizer are not plain text: special ones, which text for people leaves out,
 * and single bytes of the form {@code <0xE4>}, of which a run together makes characters. Immutable.
 */
public final class TokenKinds {
    private final BitSet special = new BitSet();
    private final BitSet bytes = new BitSet();

    private TokenKinds() {}

    static TokenKinds read(Path tokenizer) throws IOException {
        TokenKinds kinds = new TokenKinds();
        AddedTokens.read(tokenizer).special().values().forEach(kinds.special::set);
        if (fallsBackToBytes(tokenizer)) {
            Set<String> names = new HashSet<>();
            for (int value = 0; value < 256; value++) {
                names.add(String.format(Locale.ROOT, "<0x%02X>", value));
            }
            NamedTokenIds ids = NamedTokenIds.read(tokenizer, names);
            ids.vocabulary().values().forEach(kinds.bytes::set);
            ids.added().values().forEach(kinds.bytes::set);
        }
        return kinds;
    }

    /** Whether the decoder, which comes before the vocabulary, names ByteFallback anywhere. */
    private static boolean fallsBackToBytes(Path tokenizer) throws IOException {
        InputFile.requireText(tokenizer, TokenizerFile.MOST_BYTES);
        try (JsonReader json = new JsonReader(Files.newBufferedReader(tokenizer))) {
            json.beginObject();
            while (json.hasNext()) {
                if (json.nextName().equals("decoder")) {
                    return namesByteFallback(json);
                }
                json.skipValue();
            }
            return false;
        } catch (IllegalStateException | IOException e) {
            throw new IOException(tokenizer + ": not a tokenizer.json (" + e.getMessage() + ")", e);
        }
    }

    private static boolean namesByteFallback(JsonReader json) throws IOException {
        int depth = 0;
        boolean found = false;
        do {
            switch (json.peek()) {
                case BEGIN_OBJECT -> {
                    json.beginObject();
                    depth++;
                }
                case BEGIN_ARRAY -> {
                    json.beginArray();
                    depth++;
                }
                case END_OBJECT -> {
                    json.endObject();
                    depth--;
                }
                case END_ARRAY -> {
                    json.endArray();
                    depth--;
                }
                case STRING -> found |= json.nextString().equals("ByteFallback");
                default -> json.skipValue();
            }
        } while (depth > 0);
        return found;
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
