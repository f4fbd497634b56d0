/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.words;

/**
 * A token as a GGUF file has it.
 *
 * @param text its text
 * @param kind what it is
 * @param score by which SentencePiece's merges are ordered; the highest goes first
 */
record VocabularyEntry(String text, Kind kind, float score) {
    /** llama_token_type. */
    enum Kind {
        NORMAL(1),
        UNKNOWN(2),
        CONTROL(3),
        USER_DEFINED(4),
        UNUSED(5),
        BYTE(6);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    /** What stands at an id that the tokenizer does not have. */
    static VocabularyEntry unused(int id) {
        return new VocabularyEntry("[PAD" + id + "]", Kind.UNUSED, -10_000);
    }
}
