/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.terminal;

import com.google.errorprone.annotations.FormatMethod;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import picocli.CommandLine;

/** Where a command writes text for people and, if it was asked for, a JSON object. */
public final class Console {
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean json;

    /**
     * Creates the console of a command.
     *
     * @param json whether standard output belongs to a JSON object
     */
    public Console(CommandLine command, boolean json) {
        out = command.getOut();
        err = command.getErr();
        this.json = json;
    }

    /** Prints a line for people: on standard error if standard output belongs to the JSON. */
    public void say(String text) {
        PrintWriter writer = json ? err : out;
        writer.println(text);
        writer.flush();
    }

    /** Prints a line for people, formatted. */
    @FormatMethod
    public void say(String pattern, Object... values) {
        say(Words.format(pattern, values));
    }

    /**
     * Prints a piece of a text on standard output at once, unless that belongs to the JSON.
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

    /** Ends the line of the pieces. */
    public void endStream() {
        if (!json) {
            out.println();
            out.flush();
        }
    }

    /** Prints a line on standard error. */
    public void note(String text) {
        out.flush();
        err.println(text);
        err.flush();
    }

    /** Prints a line on standard error, formatted. */
    @FormatMethod
    public void note(String pattern, Object... values) {
        note(Words.format(pattern, values));
    }

    /** Draws over the last line of a terminal's standard error; the last draw ends the line. */
    public void redraw(String text, boolean last) {
        out.flush();
        err.print("\r" + text + "\u001b[K" + (last ? System.lineSeparator() : ""));
        err.flush();
    }

    /** Prints the JSON object if it was asked for; it is the last line of the output. */
    public void result(JsonObject object) {
        if (json) {
            out.println(object);
            out.flush();
        }
    }
}
