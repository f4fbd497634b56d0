/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Tries the tokenizer of a directory in a process of its own, so that a file that makes the native
 * tokenizer end its process ends only that one. Files are checked in any case before the native
 * side sees them; the probe is for files from strangers. The process is a JVM with this one's class
 * path ({@code java.class.path}); where that does not have this library, as in a Spring Boot jar,
 * the probe fails and says so.
 */
public final class TokenizerProbe {
    private static final List<String> TEXTS =
            List.of(
                    "fog over the harbour, and no boat leaves before noon",
                    "  two  spaces\n\n\ttabs\r\n ",
                    "caf\u00e9 cafe\u0301 \u65e5\u672c\u8a9e \uff26 \ufb01"
                            + " \ud83d\udc4d\ud83c\udffd",
                    "a\u0000b\u0001\ufffd\u2581\u0120 <s></s>[CLS]",
                    " ".repeat(4000) + "a".repeat(4000) + "1".repeat(4000) + "\n".repeat(4000));

    private TokenizerProbe() {}

    /**
     * Loads the tokenizer in a child process, encodes and decodes a few texts there, and returns if
     * that ended well.
     *
     * @param directory a Hugging Face directory
     * @param limit how long it may take
     * @throws IOException if the tokenizer is refused, ends the process or takes longer; the
     *     message has the path of tokenizer.json
     */
    public static void run(Path directory, Duration limit) throws IOException {
        Path file = directory.resolve("tokenizer.json");
        Path output = Files.createTempFile("lora4j-probe", ".txt");
        Path refusal = Files.createTempFile("lora4j-probe", ".refusal");
        try {
            Process process =
                    new ProcessBuilder(command(directory, refusal))
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IOException(
                            ("%s: the process that tries this tokenizer did not end within %s"
                                            + " seconds; it is not used")
                                    .formatted(file, limit.toSeconds()));
                }
            } finally {
                process.destroyForcibly();
            }
            requireSuccess(process.exitValue(), file, refusal, output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(file + ": interrupted while the tokenizer was tried");
        } finally {
            Files.deleteIfExists(output);
            Files.deleteIfExists(refusal);
        }
    }

    private static void requireSuccess(int exit, Path file, Path refusal, Path output)
            throws IOException {
        if (exit == 0) {
            return;
        }
        String reason = text(refusal);
        if (!reason.isEmpty()) {
            throw new IOException(reason);
        }
        throw new IOException(
                file
                        + (exit == 1
                                ? ": the process that tries it did not start (" + text(output) + ")"
                                : ": ended the process that tried this tokenizer (exit "
                                        + exit
                                        + "); it is not used"));
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
    }

    private static List<String> command(Path directory, Path refusal) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + (Runtime.getRuntime().maxMemory() >> 20) + "m");
        System.getProperties()
                .stringPropertyNames()
                .forEach(
                        name -> {
                            if (name.startsWith("ai.djl.")
                                    || name.startsWith("DJL_")
                                    || name.startsWith("RUST_")) {
                                command.add("-D" + name + "=" + System.getProperty(name));
                            }
                        });
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(TokenizerProbe.class.getName());
        command.add(directory.toString());
        command.add(refusal.toString());
        return command;
    }

    /**
     * The child process. Exits with 1 where the tokenizer is refused.
     *
     * @param arguments the directory, and the file that the reason of a refusal is written to
     * @throws IOException if that file cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.load(Path.of(arguments[0]))) {
            for (String text : TEXTS) {
                int[] ids = tokenizer.encode(text, null, Integer.MAX_VALUE).ids();
                tokenizer.encode(text, text, Integer.MAX_VALUE);
                tokenizer.decode(ids);
                tokenizer.decode(ids, true);
            }
        } catch (IOException | RuntimeException e) {
            Files.writeString(Path.of(arguments[1]), String.valueOf(e.getMessage()));
            System.exit(1);
        }
    }
}
