/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

/**
 * What becomes of a data file in which a line cannot be read, or cannot be tokenized: a
 * conversation that the chat template refuses, one in which the assistant says nothing.
 */
public enum OnBadLine {
    /** The file is refused, with the line's number. */
    FAIL,
    /** The line is left out, and its number kept for a report. */
    SKIP
}
