/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.tenant.TenantMemoryRun;

/** Native memory stays flat while a model trains. */
final class NativeMemoryTest {
    /** Allocators and compilers settle in the first steps. */
    private static final int SETTLED = 300;

    /** One activation kept at each of 300 steps, [8, 20, 24] floats, makes 3 to 4.6 MB. */
    private static final long MOST = 2 << 20;

    @TempDir Path folder;

    @BeforeEach
    void linuxTellsMemory() {
        assumeThat(Path.of("/proc/self/statm")).as("the system tells memory").exists();
    }

    @Test
    void threeHundredStepsKeepNothing() throws Exception {
        assertThat(growth(MemoryRun.class, 600, false)).isLessThan(MOST);
    }

    @Test
    void threeHundredStepsOfALanguageModelKeepNothing() throws Exception {
        assertThat(growth(CausalMemoryRun.class, 600, false)).isLessThan(MOST);
    }

    @Test
    void threeHundredGenerationsKeepNothing() throws Exception {
        assertThat(growth(GenerationMemoryRun.class, 600, false)).isLessThan(MOST);
    }

    @Test
    void threeHundredLoadsOfTenantsAdaptersKeepNothing() throws Exception {
        assertThat(growth(TenantMemoryRun.class, 600, false)).isLessThan(MOST);
    }

    /** Run with -Dlora4j.longTests=true. */
    @Test
    @EnabledIfSystemProperty(named = "lora4j.longTests", matches = "true")
    void aThousandLoadsOfTenantsAdaptersKeepNothingAndALeakWouldShow() throws Exception {
        assertThat(growth(TenantMemoryRun.class, SETTLED + 1000, false)).isLessThan(MOST);
        assertThat(growth(TenantMemoryRun.class, 600, true)).isGreaterThan(MOST);
    }

    /** Run with -Dlora4j.longTests=true. */
    @Test
    @EnabledIfSystemProperty(named = "lora4j.longTests", matches = "true")
    void aThousandGenerationsKeepNothingAndALeakWouldShow() throws Exception {
        assertThat(growth(GenerationMemoryRun.class, SETTLED + 1000, false)).isLessThan(MOST);
        assertThat(growth(GenerationMemoryRun.class, 600, true)).isGreaterThan(MOST);
    }

    /** Run with -Dlora4j.longTests=true. */
    @Test
    @EnabledIfSystemProperty(named = "lora4j.longTests", matches = "true")
    void aThousandStepsOfALanguageModelKeepNothingAndALeakWouldShow() throws Exception {
        assertThat(growth(CausalMemoryRun.class, SETTLED + 1000, false)).isLessThan(MOST);
        assertThat(growth(CausalMemoryRun.class, 600, true)).isGreaterThan(MOST);
    }

    /** Run with -Dlora4j.longTests=true. */
    @Test
    @EnabledIfSystemProperty(named = "lora4j.longTests", matches = "true")
    void aThousandStepsKeepNothingAndALeakWouldShow() throws Exception {
        assertThat(growth(MemoryRun.class, SETTLED + 1000, false)).isLessThan(MOST);
        assertThat(growth(MemoryRun.class, 600, true)).isGreaterThan(MOST);
    }

    /** How many bytes more there are at the last step than once the training had settled. */
    private long growth(Class<?> program, int steps, boolean leak)
            throws IOException, InterruptedException {
        Path out = folder.resolve(program.getSimpleName() + steps + leak);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xms64m",
                                "-Xmx64m",
                                "-XX:+AlwaysPreTouch",
                                // the second compiler's own memory comes, and goes late
                                "-XX:TieredStopAtLevel=1",
                                "-Dai.djl.offline=true",
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                program.getName(),
                                folder.toString(),
                                String.valueOf(SETTLED),
                                String.valueOf(steps),
                                String.valueOf(leak)));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("OMP_NUM_THREADS", "1");
        builder.environment().put("MALLOC_ARENA_MAX", "2");
        Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
        int exit = process.waitFor();
        String text = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(exit).as(text).isZero();
        long[] resident =
                text.lines()
                        .filter(line -> line.startsWith("resident "))
                        .mapToLong(line -> Long.parseLong(line.substring("resident ".length())))
                        .toArray();
        assertThat(resident).as(text).hasSize(2);
        return resident[1] - resident[0];
    }
}
