/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the bytes: an archive that can be listed, rewritten and merged, or one exception that
 * names the file. With -Dlora4j.longTests=true ten thousand archives are mutated, else some
 * hundreds.
 */
@Tag("once-per-jdk")
final class ScriptFuzzTest {
    private static final int MUTANTS = Boolean.getBoolean("lora4j.longTests") ? 10_000 : 400;
    private static final List<String> GOLDENS =
            List.of(
                    "linear",
                    "scripted",
                    "tied-head",
                    "frozen",
                    "convolutions",
                    "lstm",
                    "functional");
    private static final byte[] OPCODES =
            "\u0080\u0085\u0086\u0087\u0088\u0089\u008a().]}tuaesqrhjcQRbNKMJGX01l"
                    .getBytes(StandardCharsets.ISO_8859_1);
    private static final String[] SNIPPETS = {
        "(",
        ")",
        "[",
        "]",
        "{",
        "\"",
        "'",
        "\n",
        "  ",
        "self",
        "weight",
        ".",
        ",",
        "=",
        " = ",
        "class X(Module):\n",
        "def forward(self: X) -> Tensor:\n",
        "CONSTANTS.c0",
        "CONSTANTS.c99999",
        "getattr(self, \"weight\")",
        "torch.linear(x, weight, bias)",
        "return ",
        "#",
        "\u00e9",
        "0",
        "((((((((((",
        "))))))))))",
        "__torch__.Two",
        "__parameters__ = [",
        "\\",
        "lora_A"
    };

    @TempDir Path directory;

    @Test
    void mutatedArchivesAreReadOrRefusedInTime() throws IOException {
        Path file = directory.resolve("mutant.pt");
        for (int i = 0; i < MUTANTS; i++) {
            Random random = new Random(i);
            ScriptGolden golden = golden(i);
            mutant(golden, random, file);
            String seed = golden + ", seed " + i;
            Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(20), () -> use(file, golden, seed), seed);
        }
    }

    static ScriptGolden golden(int index) {
        return ScriptGolden.of(GOLDENS.get(index % GOLDENS.size()));
    }

    /** Writes a file in which some bytes are others, or one whose records are. */
    static void mutant(ScriptGolden golden, Random random, Path file) throws IOException {
        if (random.nextInt(4) == 0) {
            byte[] bytes = Files.readAllBytes(golden.archive());
            mutate(bytes, random);
            Files.write(file, bytes);
        } else {
            mutateRecord(new EditedArchive(golden.archive()), random).write(file);
        }
    }

    private static void mutate(byte[] bytes, Random random) {
        for (int i = random.nextInt(8); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] =
                    random.nextBoolean()
                            ? (byte) random.nextInt(256)
                            : OPCODES[random.nextInt(OPCODES.length)];
        }
    }

    private static EditedArchive mutateRecord(EditedArchive archive, Random random) {
        List<String> names = archive.names();
        String name = names.get(random.nextInt(names.size()));
        if (random.nextBoolean()) {
            name = random.nextBoolean() ? "data.pkl" : "constants.pkl";
        }
        byte[] bytes = archive.get(name).clone();
        if (bytes.length == 0 || random.nextInt(20) == 0) {
            return archive.remove(name);
        }
        if (name.endsWith(".py")) {
            StringBuilder text = new StringBuilder(new String(bytes, StandardCharsets.UTF_8));
            for (int i = random.nextInt(4); i >= 0; i--) {
                int at = random.nextInt(text.length());
                int end = random.nextBoolean() ? at : Math.min(text.length(), at + 9);
                text.replace(at, end, SNIPPETS[random.nextInt(SNIPPETS.length)]);
            }
            return archive.put(name, text.toString().getBytes(StandardCharsets.UTF_8));
        }
        mutate(bytes, random);
        if (random.nextInt(10) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(2 * bytes.length));
        }
        return archive.put(name, bytes);
    }

    private void use(Path file, ScriptGolden golden, String seed) throws IOException {
        try (ScriptArchive archive = ScriptArchive.open(file)) {
            assertThat(archive.modules()).isNotEmpty();
            ScriptRewriter rewriter = new ScriptRewriter(archive);
            golden.targets().forEach(target -> rewriter.add(target.target()));
            Path rewritten = directory.resolve("rewritten.pt");
            Path merged = directory.resolve("merged.pt");
            rewriter.write(rewritten, AdapterValues.ZEROS);
            try (ScriptArchive adapted = ScriptArchive.open(rewritten)) {
                assertThat(adapted.adapters()).hasSameSizeAs(golden.targets());
                new ScriptMerge(archive).addAll(adapted).write(merged);
            }
            ScriptArchive.open(merged).close();
        } catch (IOException | IllegalArgumentException e) {
            assertThat(e.getMessage())
                    .as(seed)
                    .isNotBlank()
                    .contains(directory.toString())
                    .doesNotContain("\n");
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw new AssertionError(seed + ": " + e, e);
        }
    }
}
