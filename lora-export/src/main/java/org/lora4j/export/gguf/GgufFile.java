/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.gguf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.files.AtomicFiles;

/**
 * A GGUF file of version 3 that is being put together. Tensors are produced one by one when the
 * file is written, so that a model is never held in the file's precision. Not thread-safe.
 */
public final class GgufFile {
    private static final int VERSION = 3;
    private static final int ALIGNMENT = 32;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    /** Gives a tensor's numbers to who writes them. */
    @FunctionalInterface
    public interface Source {
        /**
         * Makes the numbers available.
         *
         * @param use what is done with them; they may be freed when it returns
         * @throws IOException if they cannot be read, or used
         */
        void read(Use use) throws IOException;
    }

    /** What is done with a tensor's numbers. */
    @FunctionalInterface
    public interface Use {
        /** Takes the numbers. */
        void take(NDArray numbers) throws IOException;
    }

    private record Tensor(String name, Shape shape, GgufType type, Source source) {
        long bytes() {
            return type.bytes(shape.size());
        }
    }

    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final List<Tensor> tensors = new ArrayList<>();

    /** Creates a file without content. */
    public GgufFile() {}

    /** Adds a text. */
    public GgufFile put(String key, String value) {
        return add(key, value);
    }

    /** Adds a number that is not negative: uint32. */
    public GgufFile put(String key, int value) {
        return add(key, value);
    }

    /** Adds a float32. */
    public GgufFile put(String key, float value) {
        return add(key, value);
    }

    /** Adds a boolean. */
    public GgufFile put(String key, boolean value) {
        return add(key, value);
    }

    /** Adds an array of texts. */
    public GgufFile put(String key, List<String> values) {
        return add(key, List.copyOf(values));
    }

    /** Adds an array of float32. */
    public GgufFile put(String key, float[] values) {
        return add(key, values.clone());
    }

    /** Adds an array of int32. */
    public GgufFile put(String key, int[] values) {
        return add(key, values.clone());
    }

    private GgufFile add(String key, Object value) {
        if (metadata.putIfAbsent(key, value) != null) {
            throw new IllegalArgumentException(key + " is there already");
        }
        return this;
    }

    /**
     * Adds a tensor.
     *
     * @param name its name
     * @param shape its shape as in PyTorch: rows first
     * @param type how it is stored; {@link GgufType#F16} where rows are no blocks of Q8_0
     * @param source its numbers
     */
    public GgufFile tensor(String name, Shape shape, GgufType type, Source source) {
        boolean blocks = shape.dimension() > 0 && shape.getLastDimension() % GgufType.BLOCK == 0;
        GgufType used = type == GgufType.Q8_0 && !blocks ? GgufType.F16 : type;
        tensors.add(new Tensor(name, shape, used, source));
        return this;
    }

    /** Returns the tensors' names. */
    public List<String> tensorNames() {
        return tensors.stream().map(Tensor::name).toList();
    }

    /**
     * Writes the file, whole or not at all.
     *
     * @param file the file
     * @throws IOException if it cannot be written, or a number is not finite
     */
    public void write(Path file) throws IOException {
        AtomicFiles.write(
                file,
                out -> {
                    byte[] header = header();
                    out.write(header);
                    pad(out, header.length);
                    for (Tensor tensor : tensors) {
                        tensor.source()
                                .read(numbers -> tensor.type().write(tensor.name(), numbers, out));
                        pad(out, tensor.bytes());
                    }
                });
    }

    private static void pad(OutputStream out, long written) throws IOException {
        out.write(new byte[(int) (padded(written) - written)]);
    }

    private static long padded(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private byte[] header() {
        Header header = new Header();
        header.out.writeBytes(new byte[] {'G', 'G', 'U', 'F'});
        header.number(VERSION).number((long) tensors.size()).number((long) metadata.size());
        metadata.forEach(
                (key, value) -> {
                    header.text(key).number(typeOf(value));
                    header.value(value);
                });
        long offset = 0;
        for (Tensor tensor : tensors) {
            long[] shape = tensor.shape().getShape();
            header.text(tensor.name()).number(shape.length);
            for (int i = shape.length - 1; i >= 0; i--) {
                header.number(shape[i]);
            }
            header.number(tensor.type().code()).number(offset);
            offset += padded(tensor.bytes());
        }
        return header.out.toByteArray();
    }

    private static int typeOf(Object value) {
        if (value instanceof Integer) {
            return 4;
        }
        if (value instanceof Float) {
            return 6;
        }
        if (value instanceof Boolean) {
            return 7;
        }
        return value instanceof String ? STRING : ARRAY;
    }

    /** Numbers are little endian. */
    private static final class Header {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Header number(int value) {
            out.writeBytes(
                    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
            return this;
        }

        Header number(long value) {
            out.writeBytes(
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
            return this;
        }

        Header text(String value) {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            number((long) bytes.length);
            out.writeBytes(bytes);
            return this;
        }

        void value(Object value) {
            if (value instanceof Integer integer) {
                number(integer.intValue());
            } else if (value instanceof Float real) {
                number(Float.floatToIntBits(real));
            } else if (value instanceof Boolean flag) {
                out.write(flag ? 1 : 0);
            } else if (value instanceof String text) {
                text(text);
            } else if (value instanceof float[] reals) {
                number(6).number((long) reals.length);
                for (float real : reals) {
                    number(Float.floatToIntBits(real));
                }
            } else if (value instanceof int[] integers) {
                number(5).number((long) integers.length);
                for (int integer : integers) {
                    number(integer);
                }
            } else {
                List<?> texts = (List<?>) value;
                number(STRING).number((long) texts.size());
                texts.forEach(text -> text((String) text));
            }
        }
    }
}
