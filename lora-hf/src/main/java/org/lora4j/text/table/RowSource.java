/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;

/** The rows of an open file in one format. */
sealed interface RowSource extends Closeable permits TsvRows, CsvRows, JsonLinesRows {
    /** The next row, or null at the end. */
    @Nullable TextExample next() throws IOException;

    /** Returns the header, where the format has one. */
    @Nullable Header header();
}
