/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lora4j.text.TextExample;

/** Labelled texts that the tiny tokenizer knows the words of. */
final class Texts {
    private static final String[] WORDS = {
        "the", "film", "is", "not", "plot", "long", "q", "x", "ending", "a"
    };

    private Texts() {}

    /** Texts of unlike lengths that say "good" or "bad" somewhere. */
    static List<TextExample> rows(int count, long seed) {
        Random random = new Random(seed);
        List<TextExample> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean good = random.nextBoolean();
            List<String> words = new ArrayList<>();
            int length = 1 + random.nextInt(12);
            for (int k = 0; k < length; k++) {
                words.add(WORDS[random.nextInt(WORDS.length)]);
            }
            words.add(random.nextInt(words.size() + 1), good ? "good fine" : "bad dull");
            rows.add(new TextExample(i + 2, String.join(" ", words), null, good ? "yes" : "no"));
        }
        return rows;
    }
}
