/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.lines.JsonKind;
import org.lora4j.text.lines.TextFileException;

/**
 * Reads the members of a question's JSON object.
 *
 * @param file its file
 * @param line its line, or 0
 * @param place where in the file it stands, for messages
 */
record QuestionFields(Path file, int line, String place) {
    /**
     * Reads a question.
     *
     * @param members its members
     * @param shared the context that it shares with others, or null for one of its own
     */
    QuestionSample sample(JsonObject members, @Nullable String shared) throws TextFileException {
        String question = text(members, "question");
        String context = shared == null ? text(members, "context") : shared;
        boolean impossible = isTrue(members, "is_impossible");
        JsonElement answers =
                members.has("answers") ? members.get("answers") : members.get("answer");
        boolean labelled = impossible || (answers != null && !answers.isJsonNull());
        List<GoldAnswer> gold =
                answers == null || answers.isJsonNull()
                        ? List.of()
                        : answers(answers, members, context);
        if (impossible && !gold.isEmpty()) {
            throw error("is_impossible is true, and there are answers; expected one or the other");
        }
        try {
            return new QuestionSample(place, id(members), question, context, labelled, gold);
        } catch (IllegalArgumentException e) {
            throw error(String.valueOf(e.getMessage()));
        }
    }

    TextFileException error(String what) {
        String at = line > 0 || place.isEmpty() ? "" : place + ": ";
        return new TextFileException(file, line, at + what, (Throwable) null);
    }

    String text(JsonObject members, String name) throws TextFileException {
        JsonElement value = members.get(name);
        if (value == null) {
            throw error(
                    "no member '%s'; expected question, context and answers; found: %s"
                            .formatted(name, String.join(", ", members.keySet())));
        }
        if (value instanceof JsonPrimitive text && text.isString()) {
            return text.getAsString();
        }
        throw error("'%s' is %s; expected a string".formatted(name, JsonKind.of(value)));
    }

    private static String id(JsonObject members) {
        return members.get("id") instanceof JsonPrimitive id ? id.getAsString() : "";
    }

    private boolean isTrue(JsonObject members, String name) throws TextFileException {
        JsonElement value = members.get(name);
        if (value == null || value.isJsonNull()) {
            return false;
        }
        if (value instanceof JsonPrimitive flag && flag.isBoolean()) {
            return flag.getAsBoolean();
        }
        throw error("'%s' is %s; expected true or false".formatted(name, JsonKind.of(value)));
    }

    /** Reads a list of answers, one answer, or the two lists that Hugging Face's data sets have. */
    private List<GoldAnswer> answers(JsonElement value, JsonObject members, String context)
            throws TextFileException {
        List<GoldAnswer> gold = new ArrayList<>();
        if (value instanceof JsonArray list) {
            for (JsonElement each : list) {
                gold.add(answer(each, context, null));
            }
        } else if (value instanceof JsonObject lists
                && lists.get("text") instanceof JsonArray texts
                && lists.get("answer_start") instanceof JsonArray starts) {
            if (texts.size() != starts.size()) {
                throw error(
                        "%d texts of answers and %d of answer_start; expected as many"
                                .formatted(texts.size(), starts.size()));
            }
            for (int i = 0; i < texts.size(); i++) {
                gold.add(answer(texts.get(i), context, starts.get(i)));
            }
        } else {
            gold.add(answer(value, context, members.get("answer_start")));
        }
        return gold;
    }

    private GoldAnswer answer(JsonElement value, String context, @Nullable JsonElement start)
            throws TextFileException {
        if (value instanceof JsonObject object) {
            return located(text(object, "text"), context, object.get("answer_start"));
        }
        if (value instanceof JsonPrimitive text && text.isString()) {
            return located(text.getAsString(), context, start);
        }
        throw error(
                "an answer is %s; expected a string, or an object with text and answer_start"
                        .formatted(JsonKind.of(value)));
    }

    /** Finds where an answer stands: where it is said, or in its only place. */
    private GoldAnswer located(String answer, String context, @Nullable JsonElement start)
            throws TextFileException {
        if (start == null || start.isJsonNull()) {
            int found = context.indexOf(answer);
            if (found < 0 || (found != context.lastIndexOf(answer) && !answer.isBlank())) {
                throw error(
                        "the answer '%s' %s; expected a part of the context, with its answer_start where it occurs several times"
                                .formatted(
                                        answer,
                                        found < 0
                                                ? "does not occur in the context"
                                                : "occurs several times in the context"));
            }
            return new GoldAnswer(answer, found);
        }
        int length = context.codePointCount(0, context.length());
        if (start instanceof JsonPrimitive number && number.isNumber()) {
            double place = number.getAsDouble();
            if (place == Math.rint(place) && place >= 0 && place <= length) {
                int at = context.offsetByCodePoints(0, (int) place);
                if (context.startsWith(answer, at)) {
                    return new GoldAnswer(answer, at);
                }
                int seen = Math.min(context.length(), at + answer.length());
                throw error(
                        "the answer '%s' is not at answer_start %d of the context, where '%s' stands"
                                .formatted(answer, (int) place, context.substring(at, seen)));
            }
        }
        throw error(
                "answer_start is %s; expected a whole number of characters from 0 to %d, the context's length"
                        .formatted(start, length));
    }
}
