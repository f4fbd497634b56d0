/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Runs commands in this process, as the program does, and keeps what they print. */
final class Cli {
    private Cli() {}

    /** One run. */
    record Run(int code, String out, String err) {
        /** The JSON object on the last line of standard output. */
        JsonObject json() {
            List<String> lines = out.lines().toList();
            return JsonParser.parseString(lines.get(lines.size() - 1)).getAsJsonObject();
        }

        /** Checks that it was refused with a code, one line, and nothing on standard output. */
        String refusal(int expected) {
            assertThat(code).as("exit code, with %s", err).isEqualTo(expected);
            assertThat(out).isEmpty();
            assertThat(err.lines()).as("lines on standard error").hasSize(1);
            assertThat(err).startsWith("lora4j: ");
            return err;
        }
    }

    static Run run(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = new String[arguments.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = arguments[i].toString();
        }
        int code = CommandLines.run(new PrintWriter(out), new PrintWriter(err), words);
        return new Run(code, out.toString(), err.toString());
    }

    /** A command's arguments and some more. */
    static Object[] with(Object[] arguments, Object... more) {
        return Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray();
    }

    /** Runs a command that must succeed. */
    static Run done(Object... arguments) {
        Run run = run(arguments);
        assertThat(run.code()).as("exit code, with %s", run.err()).isZero();
        return run;
    }
}
