/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Words;

/** Whether a file of texts is streamed. */
enum Streaming {
    auto,
    on,
    off;

    /** Files larger than this are streamed unless the command line says otherwise. */
    private static final long STREAMED_ABOVE = 16 << 20;

    boolean of(Path file) throws IOException {
        return this == on
                || (this == auto && Files.exists(file) && Files.size(file) > STREAMED_ABOVE);
    }

    /** Says that a file is streamed. */
    static void tell(Path file, long size, Console console) {
        console.say(
                Words.format(
                        "%s: %s, streamed in windows of about 4 MiB (--stream off reads it whole)",
                        file, Words.bytes(size)));
    }
}
