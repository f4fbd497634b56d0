/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

/** Checks that a model's table of token vectors has the rows that a tokenizer asks for. */
public final class TokenIdCheck {
    private TokenIdCheck() {}

    /**
     * Checks the greatest id of some texts: one past the table's end would be an index error of the
     * engine, without a name.
     *
     * @throws IllegalArgumentException if the table has no such row
     */
    public static void require(TextModel model, int greatestId, String source) {
        int rows = model.vocabularySize();
        if (greatestId >= rows) {
            throw new IllegalArgumentException(
                    ("%s: the tokenizer gives token id %d and the model has %d token vectors;"
                                    + " expected the tokenizer of this model")
                            .formatted(source, greatestId, rows));
        }
    }
}
