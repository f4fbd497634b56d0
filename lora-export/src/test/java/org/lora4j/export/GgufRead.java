/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A GGUF file whose tensors are float32. */
final class GgufRead {
    private GgufRead() {}

    /**
     * Reads the tensors of a file, as docs/gguf.md of ggml describes it, and its metadata as texts.
     */
    static Map<String, float[]> floats(Path file, Map<String, String> texts) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(text(in, 4)).isEqualTo("GGUF");
        assertThat(in.getInt()).isEqualTo(3);
        long tensors = in.getLong();
        long entries = in.getLong();
        for (long i = 0; i < entries; i++) {
            String key = text(in, in.getLong());
            Object value = value(in, in.getInt());
            texts.put(key, value.toString());
        }
        Map<String, int[]> places = new HashMap<>();
        for (long i = 0; i < tensors; i++) {
            String name = text(in, in.getLong());
            int dimensions = in.getInt();
            int size = 1;
            for (int j = 0; j < dimensions; j++) {
                size *= (int) in.getLong();
            }
            assertThat(in.getInt()).as("F32").isZero();
            places.put(name, new int[] {size, (int) in.getLong()});
        }
        int begin = (in.position() + 31) / 32 * 32;
        Map<String, float[]> found = new HashMap<>();
        places.forEach(
                (name, place) -> {
                    float[] values = new float[place[0]];
                    in.position(begin + place[1])
                            .slice()
                            .order(in.order())
                            .asFloatBuffer()
                            .get(values);
                    found.put(name, values);
                });
        return found;
    }

    private static String text(ByteBuffer in, long length) {
        byte[] bytes = new byte[(int) length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Object value(ByteBuffer in, int type) {
        return switch (type) {
            case 4, 5 -> in.getInt();
            case 6 -> in.getFloat();
            case 7 -> in.get() == 1;
            case 8 -> text(in, in.getLong());
            case 9 -> {
                int inner = in.getInt();
                StringBuilder all = new StringBuilder();
                for (long count = in.getLong(); count > 0; count--) {
                    all.append(value(in, inner)).append(' ');
                }
                yield all.toString();
            }
            default -> throw new IllegalStateException("type " + type);
        };
    }
}
