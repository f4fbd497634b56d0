/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.files.AtomicFiles;
import org.lora4j.json.PythonJson;
import org.lora4j.torch.TensorDtype;

/**
 * Writes tensors as the reference implementation does, byte for byte: header padded with spaces to
 * 8 bytes, tensors by dtype (widest first), then by name, metadata {@code {"format": "pt"}}. Files
 * appear whole or not at all, and data is streamed. Not thread-safe.
 */
public final class SafeTensorsWriter {
    /** The largest shard that transformers writes unless told otherwise: 5 GB. */
    public static final long DEFAULT_MAX_SHARD_BYTES = 5_000_000_000L;

    private record Entry(
            String name, TensorDtype dtype, Shape shape, long byteSize, TensorData data) {}

    private static final Comparator<Entry> FILE_ORDER =
            Comparator.comparing(Entry::dtype)
                    .reversed()
                    .thenComparing(Entry::name, PythonJson.KEY_ORDER);

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** Creates a writer of no tensors. */
    public SafeTensorsWriter() {}

    /**
     * Adds an array in its own dtype. It must stay open and unchanged until the file is written.
     *
     * @param name the tensor's name, not yet added
     * @param array the array
     * @return this writer
     * @throws IllegalArgumentException if the name is taken or the dtype has no name in the format
     */
    public SafeTensorsWriter add(String name, NDArray array) {
        return add(name, TensorData.dtypeOf(array), array.getShape(), TensorData.of(array));
    }

    /**
     * Adds an array of real numbers in a precision, into which it is converted as it is written. It
     * must stay open and unchanged until then.
     *
     * @param name the tensor's name, not yet added
     * @param array the array
     * @param dtype F16, BF16, F32 or F64
     * @return this writer
     * @throws IllegalArgumentException if the name is taken or the dtype is another one
     */
    public SafeTensorsWriter add(String name, NDArray array, TensorDtype dtype) {
        return add(name, dtype, array.getShape(), TensorData.of(array, dtype));
    }

    /**
     * Adds a tensor whose bytes come when they are written.
     *
     * @param name the tensor's name, not yet added
     * @param dtype the element type
     * @param shape the dimensions
     * @param data the bytes, as many as dtype and shape say
     * @return this writer
     * @throws IllegalArgumentException if the name is taken or reserved, or the size is not a whole
     *     number of bytes
     */
    public SafeTensorsWriter add(String name, TensorDtype dtype, Shape shape, TensorData data) {
        if (name.equals(SafeTensorsHeader.METADATA)) {
            throw new IllegalArgumentException("The name " + name + " is the metadata's");
        }
        long byteSize;
        try {
            byteSize = dtype.byteSize(shape.getShape());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "Tensor '%s' of %s %s: %s".formatted(name, dtype, shape, e.getMessage()), e);
        }
        if (byteSize < 0) {
            throw new IllegalArgumentException(
                    "Tensor '" + name + "' has an unknown dimension: " + shape);
        }
        if (entries.putIfAbsent(name, new Entry(name, dtype, shape, byteSize, data)) != null) {
            throw new IllegalArgumentException("Two tensors are named '" + name + "'");
        }
        return this;
    }

    /**
     * Writes one file, atomically.
     *
     * @param file the file, created or replaced
     * @throws IOException if it could not be written; then an old file is as it was
     */
    public void write(Path file) throws IOException {
        AtomicFiles.write(file, content());
    }

    /**
     * Returns the file's content, for a caller that stages several files.
     *
     * @return the content of the tensors added so far
     */
    public AtomicFiles.Content content() {
        return content(entries.values());
    }

    /**
     * Writes a model directory: {@value SafeTensors#MODEL_FILE} where all tensors fit one shard,
     * else shards {@code model-00001-of-0000N.safetensors} and {@value SafeTensors#INDEX_FILE}.
     * Tensors are dealt out in the order in which they were added; one larger than a shard has its
     * own. Weights of an earlier model in the directory, which would be read instead, are removed
     * after the new ones are in place.
     *
     * @param directory an existing directory
     * @param maxShardBytes the most data bytes in a shard, such as {@link #DEFAULT_MAX_SHARD_BYTES}
     * @return the files written
     * @throws IOException if they could not be written; then old files are as they were
     */
    public List<Path> writeModel(Path directory, long maxShardBytes) throws IOException {
        if (maxShardBytes < 1) {
            throw new IllegalArgumentException("maxShardBytes must be positive: " + maxShardBytes);
        }
        List<List<Entry>> shards = shards(maxShardBytes);
        List<Path> written = new ArrayList<>();
        try (AtomicFiles files = new AtomicFiles()) {
            Map<String, String> weightMap = new LinkedHashMap<>();
            long total = 0;
            for (int i = 0; i < shards.size(); i++) {
                String name =
                        shards.size() == 1
                                ? SafeTensors.MODEL_FILE
                                : "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
                for (Entry entry : shards.get(i)) {
                    weightMap.put(entry.name(), name);
                    total += entry.byteSize();
                }
                written.add(directory.resolve(name));
                files.stage(written.get(i), content(shards.get(i)));
            }
            if (shards.size() > 1) {
                // The index last: until it is there, nobody looks for the shards.
                Path index = directory.resolve(SafeTensors.INDEX_FILE);
                written.add(index);
                files.stage(index, AtomicFiles.Content.of(ShardIndex.toJson(total, weightMap)));
            }
            files.commit();
        }
        removeOthers(directory, written);
        return List.copyOf(written);
    }

    private List<List<Entry>> shards(long maxShardBytes) {
        List<List<Entry>> shards = new ArrayList<>();
        List<Entry> current = new ArrayList<>();
        long size = 0;
        for (Entry entry : entries.values()) {
            if (!current.isEmpty() && entry.byteSize() > maxShardBytes - size) {
                shards.add(current);
                current = new ArrayList<>();
                size = 0;
            }
            current.add(entry);
            size += entry.byteSize();
        }
        shards.add(current);
        return shards;
    }

    private static void removeOthers(Path directory, List<Path> written) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                boolean weights =
                        name.equals(SafeTensors.MODEL_FILE)
                                || name.equals(SafeTensors.INDEX_FILE)
                                || name.matches("model-\\d{5}-of-\\d{5}\\.safetensors");
                if (weights && !written.contains(file)) {
                    Files.delete(file);
                }
            }
        }
    }

    private static AtomicFiles.Content content(Collection<Entry> unordered) {
        List<Entry> ordered = new ArrayList<>(unordered);
        ordered.sort(FILE_ORDER);
        return out -> {
            ByteSink sink = ByteSink.to(out);
            byte[] header = header(ordered);
            ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            sink.write(length.putLong(0, header.length));
            sink.write(ByteBuffer.wrap(header));
            for (Entry entry : ordered) {
                Metered metered = new Metered(sink, entry.name(), entry.byteSize());
                entry.data().writeTo(metered);
                metered.finish();
            }
        };
    }

    private static byte[] header(List<Entry> ordered) {
        JsonObject metadata = new JsonObject();
        metadata.addProperty("format", "pt");
        JsonObject json = new JsonObject();
        json.add(SafeTensorsHeader.METADATA, metadata);
        long offset = 0;
        for (Entry entry : ordered) {
            long end = Math.addExact(offset, entry.byteSize());
            JsonObject tensor = new JsonObject();
            tensor.addProperty("dtype", entry.dtype().name());
            tensor.add("shape", array(entry.shape().getShape()));
            tensor.add("data_offsets", array(offset, end));
            json.add(entry.name(), tensor);
            offset = end;
        }
        byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
        byte[] header = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
        Arrays.fill(header, text.length, header.length, (byte) ' ');
        if (header.length > SafeTensorsHeader.MAX_HEADER_BYTES) {
            throw new IllegalArgumentException(
                    "The header of %d tensors has %d bytes; the format allows %d"
                            .formatted(
                                    ordered.size(),
                                    header.length,
                                    SafeTensorsHeader.MAX_HEADER_BYTES));
        }
        return header;
    }

    private static JsonArray array(long... numbers) {
        JsonArray array = new JsonArray();
        for (long number : numbers) {
            array.add(number);
        }
        return array;
    }

    /** Lets one tensor's bytes through, and no more or fewer than its header says. */
    private static final class Metered implements ByteSink {
        private final ByteSink out;
        private final String name;
        private final long size;
        private long written;

        Metered(ByteSink out, String name, long size) {
            this.out = out;
            this.name = name;
            this.size = size;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            written += bytes.remaining();
            if (written > size) {
                throw mismatch();
            }
            out.write(bytes);
        }

        void finish() {
            if (written != size) {
                throw mismatch();
            }
        }

        private IllegalArgumentException mismatch() {
            return new IllegalArgumentException(
                    "Tensor '%s': dtype and shape say %d bytes, its data gave %d"
                            .formatted(name, size, written));
        }
    }
}
