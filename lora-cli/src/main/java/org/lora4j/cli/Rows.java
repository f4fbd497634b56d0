/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.util.List;
import org.lora4j.text.TextExample;

/** The rows of a file, and its name for errors. */
record Rows(String source, List<TextExample> examples) {
    Rows {
        examples = List.copyOf(examples);
    }
}
