/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.state;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Compares what a checkpoint was made from with what a training is made from. */
final class IdentityCheck {
    private static final Pattern HASH = Pattern.compile("(SHA-256 [0-9a-f]{12})[0-9a-f]{52}");

    private IdentityCheck() {}

    /** A hash is recognised by its beginning. */
    private static String shown(String value) {
        return HASH.matcher(value).replaceFirst("$1...");
    }

    /** Returns what differs, each by its name and with both values. */
    static List<String> differences(Map<String, String> saved, Map<String, String> now) {
        List<String> found = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>(now.keySet());
        names.addAll(saved.keySet());
        for (String name : names) {
            String was = saved.getOrDefault(name, "none");
            String is = now.getOrDefault(name, "none");
            if (!was.equals(is)) {
                found.add("%s is %s, and was %s".formatted(name, shown(is), shown(was)));
            }
        }
        return found;
    }
}
