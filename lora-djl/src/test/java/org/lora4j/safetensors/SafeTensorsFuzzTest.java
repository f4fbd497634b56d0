/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever the bytes, opening gives a checked file or an IOException, and nothing else. */
final class SafeTensorsFuzzTest {
    private static Path file = Path.of("");

    @BeforeContainer
    static void makeFile() throws IOException {
        file = Files.createTempFile("fuzz", ".safetensors");
    }

    @AfterContainer
    static void removeFile() throws IOException {
        Files.delete(file);
    }

    @Property(tries = 300)
    void randomBytesNeverGiveAnythingButAnIoException(@ForAll byte[] bytes) throws IOException {
        Files.write(file, bytes);
        openAndTouch();
    }

    @Property(tries = 300)
    void randomHeadersNeverGiveAnythingButAnIoException(@ForAll String header) throws IOException {
        RawFiles.write(file, "{" + header, 8);
        openAndTouch();
    }

    @Property(tries = 800)
    void mutatedFilesNeverGiveAnythingButAnIoException(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int mutations)
            throws IOException {
        byte[] bytes = Files.readAllBytes(Goldens.file("mixed.safetensors"));
        Random random = new Random(seed);
        byte[] digits = "0123456789-[]{},:\"eE.\\".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < mutations; i++) {
            int at = random.nextInt(bytes.length);
            bytes[at] =
                    random.nextBoolean()
                            ? digits[random.nextInt(digits.length)]
                            : (byte) random.nextInt(256);
        }
        int cut = random.nextInt(10) == 0 ? random.nextInt(bytes.length) : bytes.length;
        Files.write(file, java.util.Arrays.copyOf(bytes, cut));
        openAndTouch();
    }

    private static void openAndTouch() throws IOException {
        try (SafeTensorsFile open = SafeTensorsFile.open(file)) {
            long total = 0;
            for (String name : open.names()) {
                assertThat((long) RawFiles.bytes(open, name).remaining())
                        .isEqualTo(open.info(name).byteSize());
                total += open.info(name).byteSize();
            }
            assertThat(total).isLessThan(Files.size(file));
        } catch (InvalidSafeTensorsException e) {
            assertThat(e.getMessage()).contains(file.toString());
        }
    }
}
