/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Measures the peak memory of this process. */
public final class Memory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern PEAK = Pattern.compile("(?m)^VmHWM:\\s*([0-9]{1,15}) kB$");

    private Memory() {}

    /**
     * Returns the peak resident set in MB of 1,000,000 bytes; empty if the system does not keep it.
     */
    public static OptionalLong peakMegabytes() {
        try {
            Matcher matcher = PEAK.matcher(Files.readString(STATUS));
            return matcher.find()
                    ? OptionalLong.of(Math.round(Long.parseLong(matcher.group(1)) * 1024 / 1e6))
                    : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Resets the peak, if the system can; otherwise it remains that of the whole process. */
    public static void forgetPeak() {
        System.gc();
        try {
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");
        } catch (IOException e) {
            return; // no Linux, or not allowed
        }
    }

    public static JsonElement json(OptionalLong megabytes) {
        return megabytes.isPresent() ? new JsonPrimitive(megabytes.getAsLong()) : JsonNull.INSTANCE;
    }
}
