/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import org.jspecify.annotations.Nullable;

/**
 * One row of a data file: a text, or a pair of texts, and its label as the file writes it.
 *
 * @param line the line of the file on which the row starts, counted from 1, for messages
 * @param text the text, possibly empty
 * @param pair the second text of a pair, or null where the columns name none
 * @param label the label as written, or null where the columns name none
 */
public record TextExample(int line, String text, @Nullable String pair, @Nullable String label) {}
