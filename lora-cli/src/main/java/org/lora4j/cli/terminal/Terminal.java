/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds out whether standard error is a terminal, which Java does not tell if standard output is
 * none.
 */
public final class Terminal {
    private static final Path DESCRIPTOR = Path.of("/proc/self/fd/2");

    private Terminal() {}

    public static boolean isErrorStream() {
        try {
            if (Files.isSymbolicLink(DESCRIPTOR)) {
                String target = Files.readSymbolicLink(DESCRIPTOR).toString();
                return target.startsWith("/dev/pts/")
                        || target.startsWith("/dev/tty")
                        || target.equals("/dev/console");
            }
        } catch (IOException e) {
            return false;
        }
        return hasConsole();
    }

    /**
     * Returns whether the other two standard streams are terminals; the third usually is one too.
     */
    @SuppressWarnings("SystemConsoleNull") // asked for below, where Java can tell
    private static boolean hasConsole() {
        java.io.Console console = System.console();
        if (console == null) {
            return false;
        }
        try { // since Java 22 there is a console without a terminal too
            return (Boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }
}
