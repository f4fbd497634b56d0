/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.List;

/** What data sets of labelled texts need to know of a model that labels texts or rates them. */
public interface TextModel {
    /** Returns the tokenizer. */
    TextTokenizer tokenizer();

    /** Returns the labels' names in the order of their ids; none where it gives a number. */
    List<String> labels();

    /** Returns what it learns of each text; by default a label, or a number where it has none. */
    default TextTarget target() {
        return labels().isEmpty() ? TextTarget.NUMBER : TextTarget.LABEL;
    }

    /** Returns the longest sequence that the model has positions for. */
    int maxPositions();

    /** Returns the number of token ids that the model knows. */
    int vocabularySize();

    /** Returns the number of token types that the model knows. */
    int typeVocabularySize();
}
