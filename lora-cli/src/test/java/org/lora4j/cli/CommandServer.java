/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/**
 * Runs command lines one after another in one process: the program that tools/interop asks, so that
 * Java and PyTorch start once. A line of standard input is a JSON array of arguments, a line of
 * standard output the exit code and what was printed.
 */
final class CommandServer {
    private CommandServer() {}

    public static void main(String[] none) throws IOException {
        System.setProperty("java.awt.headless", "true");
        PrintStream answers =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        PrintStream own = System.err;
        System.setOut(own); // what a library prints is no answer
        Gson gson = new Gson();
        try (BufferedReader asked =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = asked.readLine(); line != null; line = asked.readLine()) {
                ByteArrayOutputStream said = new ByteArrayOutputStream();
                StringWriter out = new StringWriter();
                PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);
                System.setErr(err);
                int code =
                        CommandLines.run(
                                new PrintWriter(out),
                                new PrintWriter(err, true, StandardCharsets.UTF_8),
                                gson.fromJson(line, String[].class));
                System.setErr(own);
                JsonObject answer = new JsonObject();
                answer.addProperty("code", code);
                answer.addProperty("out", out.toString());
                answer.addProperty("err", said.toString(StandardCharsets.UTF_8));
                answers.println(answer);
            }
        }
    }
}
