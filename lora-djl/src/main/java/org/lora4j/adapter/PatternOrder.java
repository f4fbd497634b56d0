/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.json.PythonJson;

/**
 * Whether the order of a rank or alpha pattern means something. The first key that matches a module
 * counts, but PEFT sorts the keys when it saves; sorting is safe only where no two keys that would
 * change places can match the same module.
 */
final class PatternOrder {
    /** More keys are not compared pair by pair: to keep the order is always right. */
    private static final int MAX_COMPARED = 2000;

    private PatternOrder() {}

    static boolean mustStay(JsonObject pattern) {
        List<String> keys = new ArrayList<>(pattern.keySet());
        List<String> sorted = new ArrayList<>(keys);
        sorted.sort(PythonJson.KEY_ORDER);
        if (keys.equals(sorted) || keys.size() > MAX_COMPARED) {
            return !keys.equals(sorted);
        }
        for (int i = 0; i < keys.size(); i++) {
            for (int j = i + 1; j < keys.size(); j++) {
                String first = keys.get(i);
                String second = keys.get(j);
                if (PythonJson.KEY_ORDER.compare(first, second) > 0
                        && !pattern.get(first).equals(pattern.get(second))
                        && mayOverlap(first, second)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Keys match as {@code (.*\.)?(key)$}: two plain ones overlap if one ends the other. */
    private static boolean mayOverlap(String a, String b) {
        if (!isPlain(a) || !isPlain(b)) {
            return true;
        }
        String shorter = a.length() <= b.length() ? a : b;
        String longer = a.length() <= b.length() ? b : a;
        int start = longer.length() - shorter.length();
        if (start > 0 && longer.charAt(start - 1) != '.') {
            return false;
        }
        for (int i = 0; i < shorter.length(); i++) {
            char x = shorter.charAt(i);
            char y = longer.charAt(start + i);
            // A dot in a pattern stands for any character.
            if (x != y && x != '.' && y != '.') {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlain(String key) {
        return key.chars()
                .allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.');
    }
}
