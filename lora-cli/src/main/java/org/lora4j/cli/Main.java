/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.lora4j.cli.terminal.Interruption;

/** The program. */
public final class Main {
    private Main() {}

    /**
     * Runs the command line and ends the process: 0 done, 1 failed, 2 wrong use, 128 and the number
     * of a signal that stopped it.
     *
     * @param arguments a command and its options; see --help
     */
    public static void main(String[] arguments) {
        System.setProperty("java.awt.headless", "true"); // the chart needs no display
        StandardOutput output = new StandardOutput(new FileOutputStream(FileDescriptor.out));
        PrintWriter out = new PrintWriter(output, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int code = CommandLines.run(out, err, arguments);
        System.exit(Interruption.exitCode(output.exitCode(code, err)));
    }
}
