/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.terminal;

import com.google.gson.JsonObject;
import java.io.PrintWriter;
import picocli.CommandLine;

/** Where a command writes: text for people, and the JSON object where it was asked for. */
public final class Console {
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean json;

    /**
     * Writes for a command.
     *
     * @param json whether standard output belongs to a JSON object
     */
    public Console(CommandLine command, boolean json) {
        out = command.getOut();
        err = command.getErr();
        this.json = json;
    }

    /** Says something to a person: standard output belongs to the JSON where there is one. */
    public void say(String text) {
        PrintWriter writer = json ? err : out;
        writer.println(text);
        writer.flush();
    }

    /**
     * Shows a piece of a text on standard output at once, or nothing where that belongs to the
     * JSON.
     *
     * @return false if nobody reads it any more
     */
    public boolean stream(String piece) {
        if (json) {
            return true;
        }
        out.print(piece);
        return !out.checkError(); // which flushes
    }

    /** Ends a line of pieces. */
    public void endStream() {
        if (!json) {
            out.println();
            out.flush();
        }
    }

    /** Says something in passing, on standard error always. */
    public void note(String text) {
        out.flush();
        err.println(text);
        err.flush();
    }

    /** Draws a line over the last one of a terminal's standard error; the last draw ends it. */
    public void redraw(String text, boolean last) {
        out.flush();
        err.print("\r" + text + "\u001b[K" + (last ? System.lineSeparator() : ""));
        err.flush();
    }

    /** Ends the command's output. */
    public void result(JsonObject object) {
        if (json) {
            out.println(object);
            out.flush();
        }
    }
}
