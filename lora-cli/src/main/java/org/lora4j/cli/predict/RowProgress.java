/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.predict;

import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Terminal;
import org.lora4j.cli.terminal.Words;

/** Tells how far a file is: in one line on a terminal, else in a line every ten seconds. */
public final class RowProgress {
    private static final long NANOS_BETWEEN = 10_000_000_000L;

    private final Console console;
    private final long rows;
    private final boolean terminal = Terminal.isErrorStream();
    private final long start = System.nanoTime();
    private long last = start;
    private long done;

    /**
     * Begins.
     *
     * @param rows how many there are
     * @param console where it is told
     */
    public RowProgress(long rows, Console console) {
        this.rows = rows;
        this.console = console;
    }

    /** Tells that more rows are done. */
    public void add(long more) {
        done += more;
        long now = System.nanoTime();
        if (!terminal && (now - last < NANOS_BETWEEN || done == rows)) {
            return;
        }
        last = now;
        String line =
                Words.format(
                        "%,d of %,d rows, %.1f rows/s, %s left",
                        done, rows, perSecond(), Words.duration((rows - done) / perSecond()));
        if (terminal) {
            console.redraw(line, done == rows);
        } else {
            console.note(line);
        }
    }

    /** Returns how many rows a second are done. */
    public double perSecond() {
        return done / Math.max((System.nanoTime() - start) / 1e9, 1e-9);
    }
}
