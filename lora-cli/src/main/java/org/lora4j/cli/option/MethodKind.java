/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.Locale;

/** What trains, by its names for {@code --method}. */
public enum MethodKind {
    LORA,
    IA3,
    TRAINABLE_TOKENS,
    PROMPT_TUNING,
    P_TUNING,
    FULL;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
