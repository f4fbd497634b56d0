/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.List;

/**
 * Which modules are adapted.
 *
 * @param kind how the names are read
 * @param names suffixes or full paths, or one pattern
 */
public record TargetModules(Kind kind, List<String> names) {
    /** How the names of a {@link TargetModules} are read. */
    public enum Kind {
        /** Nothing was asked for; a model family may have its own default. */
        UNSET,
        /** Each name is a full path or ends one, on a dot. */
        NAMES,
        /** One pattern that matches whole paths. */
        REGEX,
        /** Every linear layer but the output head. */
        ALL_LINEAR
    }
}
