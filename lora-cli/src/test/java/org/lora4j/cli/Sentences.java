/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lora4j.files.AtomicFiles;

/** Sentences of praise and blame from a few words. */
final class Sentences {
    private static final List<String> THINGS =
            List.of("film", "story", "cast", "music", "ending", "dialogue", "plot", "camera");
    private static final List<String> DEGREES =
            List.of("truly", "rather", "simply", "often", "quite", "always");
    private static final List<String> GOOD =
            List.of("warm", "clever", "moving", "funny", "bright", "tender", "bold", "fresh");
    private static final List<String> BAD =
            List.of("dull", "flat", "clumsy", "tired", "cold", "empty", "loud", "stale");
    private static final List<String> OTHERS = List.of("the", "is", "and", "a", "it", "was");

    private final Random random;

    Sentences(long seed) {
        random = new Random(seed);
    }

    /** Returns all words that occur. */
    static List<String> words() {
        List<String> words = new ArrayList<>(OTHERS);
        words.addAll(THINGS);
        words.addAll(DEGREES);
        words.addAll(GOOD);
        words.addAll(BAD);
        return words;
    }

    /** Writes rows with a label, negative or positive, and a text. */
    Path write(Path file, int rows) throws IOException {
        StringBuilder text = new StringBuilder("label\ttext\n");
        for (int i = 0; i < rows; i++) {
            boolean good = random.nextBoolean();
            text.append(good ? "positive" : "negative")
                    .append('\t')
                    .append(sentence(good))
                    .append('\n');
        }
        AtomicFiles.write(file, AtomicFiles.Content.of(text.toString()));
        return file;
    }

    private String sentence(boolean good) {
        List<String> praise = good ? GOOD : BAD;
        StringBuilder text = new StringBuilder("the " + any(THINGS) + " is ");
        text.append(any(DEGREES)).append(' ').append(any(praise));
        if (random.nextBoolean()) {
            text.append(" and ").append(any(praise));
        }
        if (random.nextInt(3) == 0) {
            text.append(" and the ").append(any(THINGS)).append(" was ").append(any(praise));
        }
        return text.toString();
    }

    private String any(List<String> words) {
        return words.get(random.nextInt(words.size()));
    }
}
