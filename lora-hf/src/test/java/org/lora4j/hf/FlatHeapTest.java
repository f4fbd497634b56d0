/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The C heap grows by less than 1 % over a service's life, and a leak in the same run shows. */
final class FlatHeapTest {
    private static final double MOST_PERCENT = 1;

    /** Of ten readings without a leak; the first ones are of the warm-up. */
    private static final int SETTLED = 3;

    private static final int LAST = 9;
    private static final int LEAKED = 11;

    @TempDir Path folder;

    @BeforeEach
    void theCHeapIsMeasured() {
        assumeTrue(Platform.isLinux(), "the C heap is measured on Linux");
        try {
            NativeLibrary.getInstance("c").getFunction("mallinfo2");
        } catch (UnsatisfiedLinkError e) {
            assumeTrue(false, "mallinfo2 needs glibc 2.33: " + e.getMessage());
        }
    }

    @Test
    void fiveHundredStepsKeepNothing() throws Exception {
        assertFlat("steps", 500, 16 << 10);
    }

    @Test
    void fiftyModelsThatAreClosedKeepNothing() throws Exception {
        assertFlat("cycles", 50, 128 << 10);
    }

    /** Run with -Dlora4j.longTests=true. */
    @Test
    @EnabledIfSystemProperty(named = "lora4j.longTests", matches = "true")
    void tenThousandStepsKeepNothing() throws Exception {
        assertFlat("steps", 10_000, 1 << 10);
    }

    /** Run with -Dlora4j.longTests=true. */
    @Test
    @EnabledIfSystemProperty(named = "lora4j.longTests", matches = "true")
    void aThousandModelsThatAreClosedKeepNothing() throws Exception {
        assertFlat("cycles", 1000, 8 << 10);
    }

    private void assertFlat(String kind, int count, int leak)
            throws IOException, InterruptedException {
        long[] held = held(kind, count, leak);
        assertThat(percent(held[SETTLED], held[LAST]))
                .as("%s: %s", kind, Arrays.toString(held))
                .isLessThan(MOST_PERCENT);
        assertThat(percent(held[LAST], held[LEAKED]))
                .as("with a leak of %d bytes", leak)
                .isGreaterThan(MOST_PERCENT);
    }

    private static double percent(long before, long after) {
        return 100.0 * (after - before) / before;
    }

    private long[] held(String kind, int count, int leak) throws IOException, InterruptedException {
        Path out = folder.resolve(kind + count);
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-Xint", // compilers keep megabytes of the C heap for seconds
                        "-Dai.djl.offline=true",
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        FlatHeapRun.class.getName(),
                        folder.toString(),
                        kind,
                        String.valueOf(count),
                        String.valueOf(leak));
        builder.environment().put("OMP_NUM_THREADS", "1");
        Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
        try {
            assertThat(process.waitFor(30, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(text).isZero();
        long[] held =
                text.lines()
                        .filter(line -> line.startsWith("held "))
                        .mapToLong(line -> Long.parseLong(line.substring("held ".length())))
                        .toArray();
        assertThat(held).as(text).hasSize(LEAKED + 1);
        return held;
    }
}
