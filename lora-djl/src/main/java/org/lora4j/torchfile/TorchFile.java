/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipException;
import org.lora4j.files.InputFile;

/**
 * A file of Python's {@code torch.save}, in the zip form or the older stream of pickles, read
 * without executing anything: a pickle that names more than tensors and plain containers is
 * refused. Every length, offset and stride is checked against the file before memory is asked for,
 * and tensors are read when they are asked for.
 *
 * <p>Thread-safe. The file must not be changed while it is open.
 */
public final class TorchFile implements AutoCloseable {
    private static final int HEAD_BYTES = 16;
    private static final int MAX_NESTING = 4;
    private static final int MAX_DICTS = 20_000;

    private final Path path;
    private final TorchContainer container;
    private final Map<String, Map<String, LazyTensor>> stateDicts;

    private TorchFile(
            Path path, TorchContainer container, Map<String, Map<String, LazyTensor>> stateDicts) {
        this.path = path;
        this.container = container;
        this.stateDicts = stateDicts;
    }

    /**
     * Whether a file begins as one of torch.save's two forms.
     *
     * @param path the file
     * @return true for a zip and for the magic number of the stream form
     * @throws IOException if it cannot be read
     */
    public static boolean matches(Path path) throws IOException {
        byte[] head = head(path);
        return isZip(head) || StreamContainer.matches(head);
    }

    /**
     * Opens a file: its pickle is read, and every tensor in it checked against the file.
     *
     * @param path the file
     * @return the open file; the caller closes it
     * @throws InvalidTorchFileException if it is no file of torch.save, is damaged, or holds what
     *     is refused
     * @throws IOException if it is missing or cannot be read
     */
    public static TorchFile open(Path path) throws IOException {
        byte[] head = head(path);
        TorchContainer container = null;
        try {
            if (isZip(head)) {
                container = ZipContainer.open(path);
            } else if (StreamContainer.matches(head)) {
                container = StreamContainer.open(path);
            } else {
                String kind = InputFile.kind(path);
                throw new PickleException(
                        "expected a file of torch.save (a zip, or the magic number of its older"
                                + " form), found %s",
                        kind == null ? "neither" : kind);
            }
            return new TorchFile(path, container, find(path, container));
        } catch (IOException | RuntimeException e) {
            if (container != null) {
                container.close();
            }
            if (e instanceof PickleException fault) {
                throw fault.in(path);
            }
            if (e instanceof ZipException || e instanceof EOFException) {
                throw new InvalidTorchFileException(
                        path, "the file is damaged (" + e.getMessage() + ")");
            }
            throw e;
        }
    }

    /**
     * Returns where the file lies.
     *
     * @return the path as it was given
     */
    public Path path() {
        return path;
    }

    /**
     * Returns every dict of the file that holds tensors by name, with where it lies: "" for the
     * object that was saved, "state_dict" for what is under that key, "a.b" for what is under two.
     *
     * @return the tensors by name, by the dict's place, in the order of the file
     */
    public Map<String, Map<String, LazyTensor>> stateDicts() {
        return stateDicts;
    }

    /** Tensors read after this fail. */
    @Override
    public void close() throws IOException {
        container.close();
    }

    private static byte[] head(Path path) throws IOException {
        InputFile.requireRegular(path);
        try (InputStream in = Files.newInputStream(path)) {
            return in.readNBytes(HEAD_BYTES);
        }
    }

    private static boolean isZip(byte[] head) {
        return head.length >= 4 && head[0] == 'P' && head[1] == 'K' && head[2] <= 8 && head[3] <= 8;
    }

    private record Place(String path, PickleValue.Dict dict, int nesting) {}

    /** Breadth first, each dict once: a dict may hold itself. */
    private static Map<String, Map<String, LazyTensor>> find(Path path, TorchContainer container)
            throws PickleException {
        Map<String, Map<String, LazyTensor>> found = new LinkedHashMap<>();
        Set<PickleValue> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Place> open = new ArrayDeque<>();
        if (container.root() instanceof PickleValue.Dict dict) {
            open.add(new Place("", dict, 0));
        }
        while (!open.isEmpty()) {
            Place place = open.remove();
            if (!seen.add(place.dict())) {
                continue;
            }
            if (seen.size() > MAX_DICTS) {
                throw new PickleException("the pickle holds more than %s dicts", MAX_DICTS);
            }
            Map<String, LazyTensor> tensors = new LinkedHashMap<>();
            String prefix = place.path().isEmpty() ? "" : place.path() + ".";
            for (Map.Entry<String, PickleValue> entry : place.dict().entries().entrySet()) {
                if (entry.getValue() instanceof PickleValue.Tensor tensor) {
                    container.check(tensor.storage());
                    StridedData data = new StridedData(path, container, tensor);
                    tensors.put(
                            entry.getKey(), new LazyTensor(tensor.dtype(), tensor.shape(), data));
                } else if (entry.getValue() instanceof PickleValue.Dict inner
                        && place.nesting() < MAX_NESTING) {
                    open.add(new Place(prefix + entry.getKey(), inner, place.nesting() + 1));
                }
            }
            if (!tensors.isEmpty()) {
                found.put(place.path(), Collections.unmodifiableMap(tensors));
            }
        }
        return Collections.unmodifiableMap(found);
    }
}
