/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.HashSet;
import java.util.Set;

/** The variables that the template read so far reads; macros take the part that is theirs. */
final class NameUse {
    private Set<String> names = new HashSet<>();

    void read(String name) {
        names.add(name);
    }

    /** Starts a new set; returns the one to give back to {@link #end}. */
    Set<String> begin() {
        Set<String> before = names;
        names = new HashSet<>();
        return before;
    }

    /** The names read since {@link #begin}; they count as read by what is around them as well. */
    Set<String> end(Set<String> before) {
        Set<String> own = names;
        names = before;
        names.addAll(own);
        return own;
    }
}
