/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint does not tell what its conversion needs to know, or cannot be converted; asks for
 * every missing option by name. Nothing is guessed.
 */
public final class UndecidedCheckpointException extends IOException {
    private static final int SHOWN = 3;

    /**
     * One thing to settle.
     *
     * @param option the option that settles it, as the command line has it, such as
     *     "--enable-lora"; empty where none does
     * @param text what the file leaves open and what to give
     * @param modules the modules concerned
     */
    public record Question(String option, String text, List<String> modules)
            implements Serializable {
        /**
         * Copies the modules.
         *
         * @param option the option that settles it, or empty
         * @param text what the file leaves open and what to give
         * @param modules the modules concerned
         */
        public Question {
            modules = List.copyOf(modules);
        }

        @Override
        public String toString() {
            String some = String.join(", ", modules.subList(0, Math.min(SHOWN, modules.size())));
            String more =
                    modules.size() > SHOWN ? " and " + (modules.size() - SHOWN) + " more" : "";
            return modules.isEmpty() ? text : some + more + ": " + text;
        }
    }

    private final List<Question> questions;

    private UndecidedCheckpointException(Path path, List<Question> questions) {
        super(message(path, questions));
        this.questions = List.copyOf(questions);
    }

    /**
     * Returns everything to settle.
     *
     * @return at least one
     */
    public List<Question> questions() {
        return questions;
    }

    private static String message(Path path, List<Question> questions) {
        StringBuilder text = new StringBuilder(path.toString()).append(": ");
        if (questions.size() == 1) {
            return text.append(questions.get(0)).toString();
        }
        text.append(questions.size()).append(" things to settle");
        questions.forEach(question -> text.append("\n  ").append(question));
        return text.toString();
    }

    /** Gathers questions; the same one about several modules is asked once. Not thread-safe. */
    static final class Collector {
        private record Key(String option, String text) {}

        private final Map<Key, List<String>> questions = new LinkedHashMap<>();

        void ask(String option, String module, String text) {
            questions.computeIfAbsent(new Key(option, text), key -> new ArrayList<>()).add(module);
        }

        void ask(String option, String text) {
            questions.computeIfAbsent(new Key(option, text), key -> new ArrayList<>());
        }

        void throwIfAny(Path path) throws UndecidedCheckpointException {
            if (!questions.isEmpty()) {
                List<Question> all = new ArrayList<>();
                questions.forEach(
                        (key, modules) -> all.add(new Question(key.option(), key.text(), modules)));
                throw new UndecidedCheckpointException(path, all);
            }
        }
    }
}
