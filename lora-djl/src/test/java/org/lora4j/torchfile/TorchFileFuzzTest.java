/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever the bytes: a state dict that can be read, or one exception that names the file. */
final class TorchFileFuzzTest {
    private static final byte[] OPCODES =
            "\u0080\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008d\u008e\u008f().]}tlauseqrhjcQRbNKMJGX01d"
                    .getBytes(StandardCharsets.ISO_8859_1);

    @Property(tries = 2000)
    void randomOpcodesGiveAValueOrAnException(@ForAll @Size(max = 300) byte[] noise) {
        byte[] program = noise.clone();
        for (int i = 0; i < program.length; i += 2) {
            program[i] = OPCODES[Math.floorMod(program[i], OPCODES.length)];
        }
        for (byte[] pickle : new byte[][] {noise, program}) {
            try {
                assertThat(new PickleMachine(new PickleInput(ByteBuffer.wrap(pickle))).run())
                        .isNotNull();
            } catch (PickleException e) {
                assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
            }
        }
    }

    @Property(tries = 300)
    void mutatedFilesAreReadOrRefused(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int mutations)
            throws IOException {
        Random random = new Random(seed);
        Path file = Files.createTempFile("mutated", ".pt");
        try {
            for (String golden : new String[] {"linear-legacy.pt", "views.pt"}) {
                byte[] bytes = Files.readAllBytes(TorchGoldens.path(golden));
                for (int i = 0; i < mutations; i++) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
                Files.write(file, bytes);
                read(file);
            }
        } finally {
            Files.delete(file);
        }
    }

    private static void read(Path path) throws IOException {
        try (TorchFile file = TorchFile.open(path)) {
            for (Map<String, LazyTensor> dict : file.stateDicts().values()) {
                for (LazyTensor tensor : dict.values()) {
                    if (tensor.dtype().isFloating()) {
                        assertThat((long) tensor.toFloats().length)
                                .isEqualTo(tensor.shape().size())
                                .isLessThan(10_000);
                    }
                }
            }
        } catch (InvalidTorchFileException e) {
            assertThat(e).hasMessageStartingWith(path + ": ").hasMessageNotContaining("\n");
        }
    }
}
