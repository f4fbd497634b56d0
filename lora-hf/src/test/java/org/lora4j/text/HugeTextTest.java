/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts from strangers that are far too long. */
final class HugeTextTest {
    @TempDir Path folder = Path.of("");

    @Test
    void aTextThatFitsIsNeverRefused() throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.load(TextTokenizerTest.golden("roberta"))) {
            for (String part : List.of("the film 😀 ", "東京", " ")) {
                String text = part.repeat(70_000 / part.length());
                int[] ids = tokenizer.encodeOpen(text);
                assertThat(tokenizer.encodeOpen(text, ids.length)).isEqualTo(ids);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> tokenizer.encodeOpen(text, ids.length / 2))
                        .withMessageContaining("more than " + ids.length / 2 + " tokens");
            }
            assertThatCode(() -> tokenizer.encodeOpen("a text of ordinary length", 1))
                    .as("what is short is the caller's to count")
                    .doesNotThrowAnyException();
        }
    }

    /** In a JVM of its own, which a failed allocation within the tokenizer would end. */
    @Test
    void tenMegabytesAreRefusedInASmallHeap() throws Exception {
        Path out = folder.resolve("out");
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-Dfile.encoding=UTF-8",
                        "-Dai.djl.offline=true",
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        HugeTextRun.class.getName(),
                        folder.toString());
        builder.environment().put("OPT_OUT_TRACKING", "true");
        Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
        try {
            assertThat(process.waitFor(300, TimeUnit.SECONDS)).as("ended").isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(out);
        assertThat(process.exitValue()).as(text).isZero();
        List<String> lines = text.lines().toList();
        assertThat(lines.get(lines.size() - 1)).as(text).isEqualTo("done");
        assertThat(lines)
                .as(text)
                .filteredOn(l -> l.matches("all: .*(Java's heap|given at once).*"))
                .hasSize(5);
        assertThat(lines)
                .filteredOn(l -> l.matches("most: .*(than 512 tokens|Java's heap|given at once).*"))
                .hasSize(6);
        assertThat(lines).filteredOn(l -> l.startsWith("template: template, line 1: ")).hasSize(8);
    }
}
