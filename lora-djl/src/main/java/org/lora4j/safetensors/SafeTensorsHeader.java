/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.Excerpt;
import org.lora4j.files.FileKind;
import org.lora4j.torch.TensorDtype;

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

    private static final Set<String> FIELDS = Set.of("dtype", "shape", "data_offsets");

    static SafeTensorsHeader read(Path path, FileChannel channel) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(FileKind.HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (head.hasRemaining() && channel.read(head, head.position()) > 0) {
            // until the buffer is full or the file ends
        }
        byte[] bytes = Arrays.copyOf(head.array(), head.position());
        boolean braced = bytes.length > LENGTH_BYTES && bytes[LENGTH_BYTES] == '{';
        // The eighth byte of a valid file is zero and the ninth a brace: no other kind has both.
        boolean possible = braced && bytes[LENGTH_BYTES - 1] == 0;
        String kind = possible ? null : FileKind.ofWeights(bytes);
        if (kind != null) {
            throw new InvalidSafeTensorsException(path, null, "a safetensors file", kind);
        }
        if (bytes.length < LENGTH_BYTES) {
            throw new InvalidSafeTensorsException(
                    path, null, "8 bytes of header length", bytes.length + " bytes in all");
        }
        long fileSize = channel.size();
        long length = head.getLong(0);
        long most = Math.min(MAX_HEADER_BYTES, fileSize - LENGTH_BYTES);
        if (length < 0 || length > most) {
            throw new InvalidSafeTensorsException(
                    path,
                    null,
                    "a header of at most %d bytes (the file has %d, the format allows %d)"
                            .formatted(most, fileSize, MAX_HEADER_BYTES),
                    "a header length of " + Long.toUnsignedString(length));
        }
        if (length == 0 || !braced) {
            throw new InvalidSafeTensorsException(
                    path, null, "a JSON object in the header", "no '{' at its start");
        }
        Parser parser = new Parser(path, strictJson(new HeaderBytes(channel, length)));
        SafeTensorsHeader header = parser.parse(LENGTH_BYTES + length);
        header.checkLayout(path, fileSize - LENGTH_BYTES - length);
        return header;
    }

    /** A reader of strict JSON; broken UTF-8 is an error: two broken names must not become one. */
    static JsonReader strictJson(InputStream in) {
        JsonReader json =
                new JsonReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
        json.setStrictness(Strictness.STRICT);
        return json;
    }

    /** Reads the JSON of one header. */
    private record Parser(Path path, JsonReader json) {
        SafeTensorsHeader parse(long dataStart) throws IOException {
            Map<String, TensorInfo> tensors = new LinkedHashMap<>();
            Map<String, String> metadata = null;
            try {
                json.beginObject();
                while (json.hasNext()) {
                    String name = json.nextName();
                    if (!name.equals(METADATA)) {
                        if (tensors.put(name, tensor(name)) != null) {
                            throw invalid(name, "each name once", "the name twice");
                        }
                    } else if (metadata == null) {
                        metadata = metadata();
                    } else {
                        throw invalid(null, "one " + METADATA, "two");
                    }
                }
                json.endObject();
                if (json.peek() != JsonToken.END_DOCUMENT) {
                    throw invalid(null, "one JSON object in the header", "more after it");
                }
            } catch (InvalidSafeTensorsException e) {
                throw e;
            } catch (IOException | IllegalStateException e) {
                String found = Excerpt.of(String.valueOf(e.getMessage()));
                throw new InvalidSafeTensorsException(
                        path, null, "a header in strict JSON, UTF-8", found, e);
            }
            return new SafeTensorsHeader(
                    Collections.unmodifiableMap(tensors),
                    metadata == null ? Map.of() : Collections.unmodifiableMap(metadata),
                    dataStart);
        }

        private Map<String, String> metadata() throws IOException {
            Map<String, String> metadata = new LinkedHashMap<>();
            json.beginObject();
            while (json.hasNext()) {
                String key = json.nextName();
                String quoted = "'" + Excerpt.of(key) + "'";
                expect(null, JsonToken.STRING, "text for metadata " + quoted);
                if (metadata.put(key, json.nextString()) != null) {
                    throw invalid(null, "each metadata key once", quoted + " twice");
                }
            }
            json.endObject();
            return metadata;
        }

        private TensorInfo tensor(String name) throws IOException {
            TensorDtype dtype = null;
            long[] shape = null;
            long[] offsets = null;
            Set<String> seen = new HashSet<>();
            expect(name, JsonToken.BEGIN_OBJECT, "an object");
            json.beginObject();
            while (json.hasNext()) {
                String field = json.nextName();
                if (FIELDS.contains(field) && !seen.add(field)) {
                    throw invalid(name, "each field once", field + " twice");
                }
                switch (field) {
                    case "dtype" -> dtype = dtype(name);
                    case "shape" -> shape = numbers(name, field);
                    case "data_offsets" -> offsets = numbers(name, field);
                    default -> skip(path, name, json);
                }
            }
            json.endObject();
            if (dtype == null || shape == null || offsets == null) {
                String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
                throw invalid(name, "dtype, shape and data_offsets", "no " + missing);
            }
            return checked(name, dtype, shape, offsets);
        }

        private TensorInfo checked(String name, TensorDtype dtype, long[] shape, long[] offsets)
                throws InvalidSafeTensorsException {
            String range = Arrays.toString(offsets);
            if (offsets.length != 2 || offsets[0] > offsets[1]) {
                throw invalid(name, "data_offsets [begin, end], begin <= end", range);
            }
            long stored = offsets[1] - offsets[0];
            String what = dtype + " " + Excerpt.of(Arrays.toString(shape));
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
                throw invalid(name, size + " bytes for " + what, stored + " bytes at " + range);
            }
            return new TensorInfo(dtype, new Shape(shape), offsets[0], size);
        }

        private TensorDtype dtype(String name) throws IOException {
            expect(name, JsonToken.STRING, "a dtype name");
            String text = json.nextString();
            String known = Arrays.toString(TensorDtype.values());
            return TensorDtype.byName(text)
                    .orElseThrow(
                            () ->
                                    invalid(
                                            name,
                                            "a dtype of " + known,
                                            "'" + Excerpt.of(text) + "'"));
        }

        private long[] numbers(String name, String field) throws IOException {
            expect(name, JsonToken.BEGIN_ARRAY, "an array in " + field);
            List<Long> numbers = new ArrayList<>();
            json.beginArray();
            while (json.hasNext()) {
                String expected = "whole numbers from 0 to 2^63-1 in " + field;
                expect(name, JsonToken.NUMBER, expected);
                if (numbers.size() == MAX_DIMENSIONS) {
                    throw invalid(name, "at most " + MAX_DIMENSIONS + " in " + field, "more");
                }
                String digits = json.nextString();
                try {
                    numbers.add(Long.parseUnsignedLong(digits));
                } catch (NumberFormatException e) {
                    numbers.add(-1L);
                }
                if (numbers.get(numbers.size() - 1) < 0) {
                    throw invalid(name, expected, Excerpt.of(digits));
                }
            }
            json.endArray();
            return numbers.stream().mapToLong(Long::longValue).toArray();
        }

        private void expect(@Nullable String tensor, JsonToken token, String expected)
                throws IOException {
            JsonToken found = json.peek();
            if (found != token) {
                throw invalid(tensor, expected, "a JSON " + found);
            }
        }

        private InvalidSafeTensorsException invalid(
                @Nullable String tensor, String expected, String found) {
            return new InvalidSafeTensorsException(path, tensor, expected, found);
        }
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
                throw new InvalidSafeTensorsException(
                        path, name, "values at most " + MAX_DEPTH + " deep", "deeper ones");
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
                String fault = info.offset() < end ? "an overlap" : "a hole";
                throw new InvalidSafeTensorsException(
                        path,
                        entry.getKey(),
                        "data from byte %d, where the tensor before it ends".formatted(end),
                        "%s: data from byte %d".formatted(fault, info.offset()));
            }
            // Cannot overflow: offset + byteSize is the end offset that the file states.
            end = info.offset() + info.byteSize();
        }
        if (end != dataBytes) {
            throw new InvalidSafeTensorsException(
                    path,
                    null,
                    end + " bytes of data after the header",
                    dataBytes + (dataBytes < end ? " bytes: the file is cut short" : " bytes"));
        }
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
