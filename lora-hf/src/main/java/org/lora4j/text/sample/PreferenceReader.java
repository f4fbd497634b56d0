/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.ConversationReader;
import org.lora4j.text.chat.Message;
import org.lora4j.text.lines.BrokenLines;
import org.lora4j.text.lines.JsonKind;
import org.lora4j.text.lines.JsonLine;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

/**
 * Reads a jsonl file of preferences: one JSON object a line with the members {@code chosen} and
 * {@code rejected}, and {@code prompt}, as TRL's DPOTrainer takes them. All are texts, which are
 * joined as they are, or all are lists of messages. Without a prompt it is what both begin with
 * alike. {@code tools} may stand beside messages; other members are left alone.
 */
public final class PreferenceReader {
    private static final String PROMPT = "prompt";
    private static final String CHOSEN = "chosen";
    private static final String REJECTED = "rejected";

    private PreferenceReader() {}

    /**
     * Reads a whole file.
     *
     * @param file the file, whatever its name ends in
     * @param onBadLine what becomes of lines that are no pair, and later of pairs that cannot be
     *     tokenized
     * @return its pairs, at least one
     * @throws TextFileException if a line is broken and not to be skipped; if nothing can be read
     * @throws IOException if the file cannot be read
     */
    public static PreferencePairs read(Path file, OnBadLine onBadLine) throws IOException {
        List<PreferencePair> pairs = new ArrayList<>();
        BrokenLines broken = new BrokenLines();
        try (Utf8Lines lines = new Utf8Lines(file)) {
            JsonLines.read(file, lines, broken, line -> pairs.add(pair(line)));
        }
        if (!broken.isEmpty() && onBadLine == OnBadLine.FAIL) {
            throw broken.refusal(file, false);
        }
        if (pairs.isEmpty()) {
            throw SampleReader.nothing(file, broken);
        }
        return new PreferencePairs(file.toString(), pairs, broken.lines(), onBadLine);
    }

    private static PreferencePair pair(JsonLine line) throws TextFileException {
        JsonObject row = line.members();
        for (String member : List.of(CHOSEN, REJECTED)) {
            if (!row.has(member)) {
                throw line.error(
                        "no member '%s'; expected chosen, rejected and mostly prompt; found: %s",
                        member, row.isEmpty() ? "none" : String.join(", ", row.keySet()));
            }
        }
        boolean chat = row.get(CHOSEN) instanceof JsonArray;
        for (String member : List.of(PROMPT, REJECTED)) {
            if (row.has(member) && row.get(member) instanceof JsonArray != chat) {
                throw line.error(
                        "'%s' is %s and 'chosen' %s; expected texts, or lists of messages",
                        member, JsonKind.of(row.get(member)), JsonKind.of(row.get(CHOSEN)));
            }
        }
        return chat ? conversations(line) : texts(line);
    }

    private static PreferencePair texts(JsonLine line) throws TextFileException {
        String chosen = line.text(CHOSEN);
        String rejected = line.text(REJECTED);
        int number = line.number();
        if (line.members().has(PROMPT)) {
            String prompt = line.text(PROMPT);
            return new PreferencePair(
                    number,
                    new PromptCompletion(number, prompt, chosen),
                    new PromptCompletion(number, prompt, rejected));
        }
        int alike = alike(line, chosen, rejected);
        String prompt = chosen.substring(0, alike);
        return new PreferencePair(
                number,
                new PromptCompletion(number, prompt, chosen.substring(alike)),
                new PromptCompletion(number, prompt, rejected.substring(alike)));
    }

    /** How many characters two texts begin with alike; a space before a word belongs to it. */
    private static int alike(JsonLine line, String chosen, String rejected)
            throws TextFileException {
        int most = Math.min(chosen.length(), rejected.length());
        int alike = 0;
        while (alike < most && chosen.charAt(alike) == rejected.charAt(alike)) {
            alike++;
        }
        if (alike == chosen.length() && alike == rejected.length()) {
            throw line.error("'chosen' and 'rejected' are the same; expected two texts");
        }
        return alike > 0 && chosen.charAt(alike - 1) == ' ' ? alike - 1 : alike;
    }

    private static PreferencePair conversations(JsonLine line) throws TextFileException {
        List<Message> chosen = messages(line, CHOSEN).messages();
        List<Message> rejected = messages(line, REJECTED).messages();
        int number = line.number();
        if (line.members().has(PROMPT)) {
            Conversation prompt = messages(line, PROMPT);
            return new PreferencePair(
                    number,
                    new ChatCompletion(number, prompt, chosen),
                    new ChatCompletion(number, prompt, rejected));
        }
        int most = Math.min(chosen.size(), rejected.size());
        int alike = 0;
        while (alike < most && chosen.get(alike).equals(rejected.get(alike))) {
            alike++;
        }
        if (alike == chosen.size() || alike == rejected.size()) {
            throw line.error(
                    "'chosen' and 'rejected' do not differ in a message; expected two answers");
        }
        Conversation prompt = messages(line, CHOSEN).first(alike);
        return new PreferencePair(
                number,
                new ChatCompletion(number, prompt, chosen.subList(alike, chosen.size())),
                new ChatCompletion(number, prompt, rejected.subList(alike, rejected.size())));
    }

    private static Conversation messages(JsonLine line, String member) throws TextFileException {
        JsonObject row = new JsonObject();
        row.add("messages", line.members().get(member));
        JsonElement tools = line.members().get("tools");
        if (tools != null) {
            row.add("tools", tools);
        }
        try {
            return ConversationReader.read(row);
        } catch (IllegalArgumentException e) {
            throw line.error("'%s': %s", member, e.getMessage());
        }
    }
}
