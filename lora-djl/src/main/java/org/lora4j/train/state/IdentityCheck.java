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

/** Compares what a checkpoint was made from with what a training is made from. */
final class IdentityCheck {
    private IdentityCheck() {}

    /** Returns what differs, each by its name and with both values. */
    static List<String> differences(Map<String, String> saved, Map<String, String> now) {
        List<String> found = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>(now.keySet());
        names.addAll(saved.keySet());
        for (String name : names) {
            String was = saved.getOrDefault(name, "none");
            String is = now.getOrDefault(name, "none");
            if (!was.equals(is)) {
                found.add("%s is %s, and was %s".formatted(name, is, was));
            }
        }
        return found;
    }
}
