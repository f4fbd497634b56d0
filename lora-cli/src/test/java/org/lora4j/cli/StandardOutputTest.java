/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class StandardOutputTest {
    private final StringWriter told = new StringWriter();

    private int exitCode(String refusal, int code) {
        OutputStream refusing =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException(refusal);
                    }
                };
        StandardOutput output = new StandardOutput(refusing);
        PrintWriter out = new PrintWriter(output, true, StandardCharsets.UTF_8);
        out.println("{}");
        return output.exitCode(code, new PrintWriter(told));
    }

    @Test
    void aResultThatWasNotWrittenIsAFailure() {
        assertThat(exitCode("No space left on device", 0)).isEqualTo(CommandLines.FAILED);
        assertThat(told.toString())
                .contains("standard output: cannot be written", "No space left on device");
    }

    @Test
    void aReaderThatHasSeenEnoughIsNone() {
        assertThat(exitCode("Broken pipe", 0)).isZero();
        assertThat(told.toString()).isEmpty();
    }

    @Test
    void theCommandsOwnFailureStays() {
        assertThat(exitCode("No space left on device", 2)).isEqualTo(2);
        assertThat(told.toString()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theProgramEndsSoOnAFullDevice(@TempDir Path folder) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = System.getProperty("java.class.path");
        Path errors = folder.resolve("err.txt");
        Process process =
                new ProcessBuilder(java, "-cp", classes, Main.class.getName(), "--help")
                        .redirectOutput(new File("/dev/full"))
                        .redirectError(errors.toFile())
                        .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(CommandLines.FAILED);
            assertThat(Files.readString(errors)).contains("standard output: cannot be written");
        } finally {
            process.destroyForcibly();
        }
    }
}
