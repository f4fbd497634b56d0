/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.Locale;

/** The tasks of a training, by their names for {@code --task}. */
public enum TaskKind {
    SEQ_CLS,
    REGRESSION,
    CAUSAL_LM,
    DPO;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
