/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import static org.lora4j.safetensors.InvalidSafeTensorsException.excerpt;

import ai.djl.ndarray.types.Shape;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header of one safetensors file: eight bytes of length, little endian, then a JSON object. It
 * is streamed, and every number in it is checked before anything is sized by it.
 */
record SafeTensorsHeader(
        Map<String, TensorInfo> tensors, Map<String, String> metadata, long dataStart) {
    static final String METADATA = "__metadata__";

    /** The reference implementation's limit. */
    static final long MAX_HEADER_BYTES = 100_000_000;

    private static final int LENGTH_BYTES = 8;
    private static final int MAX_DEPTH = 32;

    /** PyTorch's own limit in most operations. */
    private static final int MAX_DIMENSIONS = 64;

    static SafeTensorsHeader read(Path path, FileChannel channel) throws IOException {
        long fileSize = channel.size();
        checkKind(path, channel);
        if (fileSize < LENGTH_BYTES) {
            throw invalid(path, null, "8 bytes of header length", fileSize + " bytes in all");
        }
        ByteBuffer lengthBytes = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (lengthBytes.hasRemaining()) {
            if (channel.read(lengthBytes, lengthBytes.position()) < 0) {
                throw invalid(path, null, "8 bytes of header length", "the end of the file");
            }
        }
        long length = lengthBytes.getLong(0);
        long most = Math.min(MAX_HEADER_BYTES, fileSize - LENGTH_BYTES);
        if (length < 0 || length > most) {
            throw invalid(
                    path,
                    null,
                    "a header of at most "
                            + most
                            + " bytes (the file has "
                            + fileSize
                            + ", the format allows "
                            + MAX_HEADER_BYTES
                            + ")",
                    "a header length of " + Long.toUnsignedString(length));
        }
        SafeTensorsHeader header = parse(path, new HeaderBytes(channel, length), length);
        header.checkLayout(path, fileSize - LENGTH_BYTES - length);
        return header;
    }

    /** The eighth byte of a valid file is zero and the ninth a brace, which rules these out. */
    private static void checkKind(Path path, FileChannel channel) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(FileKind.HEAD_BYTES);
        while (head.hasRemaining() && channel.read(head, head.position()) > 0) {
            // until the buffer is full or the file ends
        }
        byte[] bytes = Arrays.copyOf(head.array(), head.position());
        boolean possible =
                bytes.length > LENGTH_BYTES
                        && bytes[LENGTH_BYTES - 1] == 0
                        && bytes[LENGTH_BYTES] == '{';
        String kind = possible ? null : FileKind.ofWeights(bytes);
        if (kind != null) {
            throw invalid(path, null, "a safetensors file", kind);
        }
    }

    private static SafeTensorsHeader parse(Path path, HeaderBytes bytes, long length)
            throws IOException {
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        int first = bytes.read();
        if (first != '{') {
            throw invalid(path, null, "a JSON object in the header", "no '{' at its start");
        }
        bytes.rewind();
        // REPORT, not the default REPLACE: two broken names must not become one.
        JsonReader json =
                new JsonReader(new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()));
        json.setStrictness(Strictness.STRICT);
        try {
            json.beginObject();
            boolean metadataSeen = false;
            while (json.hasNext()) {
                String name = json.nextName();
                if (name.equals(METADATA)) {
                    if (metadataSeen) {
                        throw invalid(path, null, "one " + METADATA, "two");
                    }
                    metadataSeen = true;
                    readMetadata(path, json, metadata);
                } else if (tensors.put(name, readTensor(path, name, json)) != null) {
                    throw invalid(path, name, "each name once", "the name twice");
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw invalid(path, null, "one JSON object in the header", "more after it");
            }
        } catch (InvalidSafeTensorsException e) {
            throw e;
        } catch (IOException | IllegalStateException e) {
            throw new InvalidSafeTensorsException(
                    path,
                    null,
                    "a header in strict JSON, UTF-8",
                    excerpt(String.valueOf(e.getMessage())),
                    e);
        }
        return new SafeTensorsHeader(
                Collections.unmodifiableMap(tensors),
                Collections.unmodifiableMap(metadata),
                LENGTH_BYTES + length);
    }

    private static void readMetadata(Path path, JsonReader json, Map<String, String> metadata)
            throws IOException {
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            expect(path, null, json, JsonToken.STRING, "text for metadata '" + excerpt(key) + "'");
            if (metadata.put(key, json.nextString()) != null) {
                throw invalid(path, null, "each metadata key once", "'" + excerpt(key) + "' twice");
            }
        }
        json.endObject();
    }

    private static TensorInfo readTensor(Path path, String name, JsonReader json)
            throws IOException {
        TensorDtype dtype = null;
        long[] shape = null;
        long[] offsets = null;
        expect(path, name, json, JsonToken.BEGIN_OBJECT, "an object");
        json.beginObject();
        while (json.hasNext()) {
            String field = json.nextName();
            boolean again =
                    switch (field) {
                        case "dtype" -> dtype != null;
                        case "shape" -> shape != null;
                        case "data_offsets" -> offsets != null;
                        default -> false;
                    };
            if (again) {
                throw invalid(path, name, "each field once", field + " twice");
            }
            switch (field) {
                case "dtype" -> dtype = readDtype(path, name, json);
                case "shape" -> shape = readNumbers(path, name, field, json);
                case "data_offsets" -> offsets = readNumbers(path, name, field, json);
                default -> skip(path, name, json);
            }
        }
        json.endObject();
        if (dtype == null || shape == null || offsets == null) {
            String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
            throw invalid(path, name, "dtype, shape and data_offsets", "no " + missing);
        }
        return checkTensor(path, name, dtype, shape, offsets);
    }

    private static TensorInfo checkTensor(
            Path path, String name, TensorDtype dtype, long[] shape, long[] offsets)
            throws InvalidSafeTensorsException {
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw invalid(
                    path,
                    name,
                    "data_offsets [begin, end], begin <= end",
                    Arrays.toString(offsets));
        }
        long stored = offsets[1] - offsets[0];
        String what = dtype + " " + excerpt(Arrays.toString(shape));
        long size;
        try {
            size = dtype.byteSize(shape);
            TensorDtype.checkDimensions(shape);
        } catch (ArithmeticException e) {
            throw new InvalidSafeTensorsException(
                    path,
                    name,
                    "a size in whole bytes below 2^63, also where dimensions of 0 are left out",
                    what,
                    e);
        }
        if (size != stored) {
            throw invalid(
                    path,
                    name,
                    size + " bytes for " + what,
                    stored + " bytes at " + Arrays.toString(offsets));
        }
        return new TensorInfo(dtype, new Shape(shape), offsets[0], size);
    }

    private static TensorDtype readDtype(Path path, String name, JsonReader json)
            throws IOException {
        expect(path, name, json, JsonToken.STRING, "a dtype name");
        String text = json.nextString();
        TensorDtype dtype = TensorDtype.byName(text);
        if (dtype == null) {
            throw invalid(
                    path,
                    name,
                    "a dtype of " + Arrays.toString(TensorDtype.values()),
                    "'" + excerpt(text) + "'");
        }
        return dtype;
    }

    private static long[] readNumbers(Path path, String name, String field, JsonReader json)
            throws IOException {
        expect(path, name, json, JsonToken.BEGIN_ARRAY, "an array in " + field);
        List<Long> numbers = new ArrayList<>();
        json.beginArray();
        while (json.hasNext()) {
            String expected = "whole numbers from 0 to 2^63-1 in " + field;
            expect(path, name, json, JsonToken.NUMBER, expected);
            if (numbers.size() == MAX_DIMENSIONS) {
                throw invalid(path, name, "at most " + MAX_DIMENSIONS + " in " + field, "more");
            }
            String digits = json.nextString();
            try {
                long number = Long.parseLong(digits);
                if (digits.startsWith("-")) {
                    throw new NumberFormatException("negative");
                }
                numbers.add(number);
            } catch (NumberFormatException e) {
                throw new InvalidSafeTensorsException(path, name, expected, excerpt(digits), e);
            }
        }
        json.endArray();
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    /** Fields of a later format are ignored, as the reference does, but not at any depth. */
    static void skip(Path path, @Nullable String name, JsonReader json) throws IOException {
        int depth = 0;
        do {
            switch (json.peek()) {
                case BEGIN_ARRAY -> {
                    json.beginArray();
                    depth++;
                }
                case BEGIN_OBJECT -> {
                    json.beginObject();
                    depth++;
                }
                case END_ARRAY -> {
                    json.endArray();
                    depth--;
                }
                case END_OBJECT -> {
                    json.endObject();
                    depth--;
                }
                case NAME -> json.nextName();
                default -> json.skipValue();
            }
            if (depth > MAX_DEPTH) {
                throw invalid(path, name, "values at most " + MAX_DEPTH + " deep", "deeper ones");
            }
        } while (depth > 0);
    }

    /** No overlap, no hole, no byte left over: each tensor begins where the one before it ends. */
    private void checkLayout(Path path, long dataBytes) throws InvalidSafeTensorsException {
        List<Map.Entry<String, TensorInfo>> ordered = new ArrayList<>(tensors.entrySet());
        ordered.sort(
                Comparator.comparingLong((Map.Entry<String, TensorInfo> e) -> e.getValue().offset())
                        .thenComparingLong(e -> e.getValue().byteSize()));
        long end = 0;
        for (Map.Entry<String, TensorInfo> entry : ordered) {
            TensorInfo info = entry.getValue();
            if (info.offset() != end) {
                throw invalid(
                        path,
                        entry.getKey(),
                        "data from byte " + end + ", where the tensor before it ends",
                        (info.offset() < end ? "an overlap" : "a hole")
                                + ": data from byte "
                                + info.offset());
            }
            // Cannot overflow: offset + byteSize is the end offset that the file states.
            end = info.offset() + info.byteSize();
        }
        if (end != dataBytes) {
            throw invalid(
                    path,
                    null,
                    end + " bytes of data after the header",
                    dataBytes + (dataBytes < end ? " bytes: the file is cut short" : " bytes"));
        }
    }

    private static void expect(
            Path path, @Nullable String tensor, JsonReader json, JsonToken token, String expected)
            throws IOException {
        JsonToken found = json.peek();
        if (found != token) {
            throw invalid(path, tensor, expected, "a JSON " + found);
        }
    }

    private static InvalidSafeTensorsException invalid(
            Path path, @Nullable String tensor, String expected, String found) {
        return new InvalidSafeTensorsException(path, tensor, expected, found);
    }

    /** The header's bytes, read from the channel in small pieces. */
    private static final class HeaderBytes extends InputStream {
        private final FileChannel channel;
        private final long length;
        private long position;

        HeaderBytes(FileChannel channel, long length) {
            this.channel = channel;
            this.length = length;
        }

        void rewind() {
            position = 0;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int count) throws IOException {
            int wanted = (int) Math.min(count, length - position);
            if (wanted <= 0) {
                return -1;
            }
            int got =
                    channel.read(ByteBuffer.wrap(target, offset, wanted), LENGTH_BYTES + position);
            position += Math.max(got, 0);
            return got;
        }
    }
}
