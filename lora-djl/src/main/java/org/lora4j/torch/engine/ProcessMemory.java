/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Measures the memory of this process, of Java and of native code together. */
public final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s*([0-9]{1,15}) kB$");

    private ProcessMemory() {}

    /** Returns the resident set in MB of 1,000,000 bytes; empty if the system does not tell. */
    public static OptionalDouble residentMegabytes() {
        try {
            Matcher found = RESIDENT.matcher(Files.readString(STATUS));
            return found.find()
                    ? OptionalDouble.of(Long.parseLong(found.group(1)) * 1024 / 1e6)
                    : OptionalDouble.empty();
        } catch (IOException e) {
            return OptionalDouble.empty(); // no Linux
        }
    }
}
