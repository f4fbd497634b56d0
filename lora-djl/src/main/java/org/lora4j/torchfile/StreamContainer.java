/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.lora4j.files.Excerpt;
import org.lora4j.files.Opened;

/**
 * The layout before torch 1.6: pickles of a magic number, the protocol 1001, the writer's system,
 * the object, and the keys of the storages; then each storage, its length in eight bytes before it.
 */
final class StreamContainer implements TorchContainer {
    /** PROTO 2, LONG1 of ten bytes: 0x1950a86a20f9469cfc6c, STOP. */
    private static final byte[] MAGIC = HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa850192e");

    private static final long PROTOCOL = 1001;

    private record Span(long position, long elements) {}

    private final SharedFile file;
    private final PickleValue root;
    private final Map<String, Span> spans = new HashMap<>();

    private StreamContainer(SharedFile file) throws IOException {
        this.file = file;
        // The pickles come first; how long they are is known when they are read.
        int window = (int) Math.min(file.size(), MAX_PICKLE_BYTES);
        PickleInput in = new PickleInput(ByteBuffer.wrap(file.from(0).readNBytes(window)));
        in.skip(MAGIC.length);
        if (!(new PickleMachine(in).run() instanceof PickleValue.Int version)
                || version.value() != PROTOCOL) {
            throw new PickleException("expected protocol %s after the magic number", PROTOCOL);
        }
        boolean little =
                new PickleMachine(in).run() instanceof PickleValue.Dict system
                        && system.entries().get("little_endian") == PickleValue.Plain.TRUE;
        if (!little) {
            throw new PickleException(
                    "expected little-endian data, found a file of a big-endian machine: load and"
                            + " save it again on a little-endian one");
        }
        PickleMachine machine = new PickleMachine(in);
        root = machine.run();
        List<String> keys = new ArrayList<>();
        for (PickleValue key : TensorCalls.items(new PickleMachine(in).run())) {
            if (!(key instanceof PickleValue.Text text)) {
                throw new PickleException("the list of storages holds what is no text");
            }
            keys.add(text.value());
        }
        walk(in.position(), keys, machine.storages());
    }

    static boolean matches(byte[] head) {
        // The second byte is the protocol of the pickle, which the writer may choose.
        return head.length >= MAGIC.length
                && head[0] == MAGIC[0]
                && Arrays.equals(head, 2, MAGIC.length, MAGIC, 2, MAGIC.length);
    }

    static StreamContainer open(Path path) throws IOException {
        SharedFile file = new SharedFile(path);
        return Opened.orClose(file, () -> new StreamContainer(file));
    }

    @Override
    public PickleValue root() {
        return root;
    }

    /** Finds every storage: each begins where the one before it ends, so all sizes are needed. */
    private void walk(long dataStart, List<String> keys, Map<String, PickleValue.Storage> storages)
            throws IOException {
        long size = file.size();
        long position = dataStart;
        for (String key : keys) {
            String name = "storage " + Excerpt.of(key);
            PickleValue.Storage storage = storages.get(key);
            if (storage == null) {
                throw new PickleException("%s is listed, but no tensor has it", name);
            }
            byte[] length = file.from(position).readNBytes(Long.BYTES);
            if (length.length < Long.BYTES) {
                throw new PickleException("the file ends before %s", name);
            }
            position += Long.BYTES;
            long elements = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (elements != storage.elements()) {
                throw new PickleException(
                        "%s has %d elements, expected %d", name, elements, storage.elements());
            }
            long bytes = TorchContainer.byteSize(storage);
            if (bytes > size - position) {
                throw new PickleException(
                        "%s takes %d bytes, where %d are left", name, bytes, size - position);
            }
            if (spans.put(key, new Span(position, elements)) != null) {
                throw new PickleException("%s is listed twice", name);
            }
            position += bytes;
        }
    }

    @Override
    public void check(PickleValue.Storage storage) throws PickleException {
        Span span = spans.get(storage.key());
        if (span == null || span.elements() != storage.elements()) {
            throw new PickleException(
                    "the file has no storage %s of %d elements",
                    Excerpt.of(storage.key()), storage.elements());
        }
    }

    @Override
    public InputStream open(PickleValue.Storage storage, long from) throws IOException {
        Span span = spans.get(storage.key());
        if (span == null) {
            throw new IllegalStateException("the storage was not checked");
        }
        return new BufferedInputStream(file.from(span.position() + from), 1 << 16);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
