/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.onnx;

import ai.djl.ndarray.NDArray;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lora4j.files.AtomicFiles;

/**
 * The weights of a model in an existing ONNX file, found before an adapter is merged and replaced
 * after. The file is copied but for their bytes: graph, names and other data stay as they are.
 */
public final class OnnxWeights {
    private final OnnxFile file;
    private final WeightPlaces places;

    private OnnxWeights(OnnxFile file, WeightPlaces places) {
        this.file = file;
        this.places = places;
    }

    /**
     * Finds weights in a file.
     *
     * @param file the ONNX file
     * @param weights the base's weights by path, in float32
     * @throws IOException if it is no ONNX file, or one of quantised weights
     */
    public static OnnxWeights find(Path file, Map<String, NDArray> weights) throws IOException {
        OnnxFile read = OnnxFile.read(file);
        if (!read.quantizedOperators().isEmpty()) {
            throw new IOException(
                    ("%s: its weights are quantised (%s), and merged ones would have to be rounded"
                                    + " anew; expected the float file that it was made of. Write"
                                    + " the weights into that one, and quantise the result")
                            .formatted(file, String.join(", ", read.quantizedOperators())));
        }
        return new OnnxWeights(read, WeightPlaces.find(weights, read));
    }

    /**
     * Writes the file with other weights, whole or not at all; files with data beside it go with
     * it, under their own names.
     *
     * @param merged the weights after merging, by path
     * @param output the file to write
     * @return how many weights were replaced
     * @throws IOException if a weight that changed has no place of its own; all are named
     */
    public int write(Map<String, NDArray> merged, Path output) throws IOException {
        Map<String, NDArray> changed = places.changed(merged);
        Map<WeightPlaces.Place, String> assigned = places.assign(changed, file);
        try (AtomicFiles files = new AtomicFiles()) {
            for (Path data : file.dataFiles()) {
                Path beside = Objects.requireNonNull(file.path().toAbsolutePath().getParent());
                Path target =
                        output.resolveSibling(beside.relativize(data.toAbsolutePath()).toString());
                if (Files.exists(target) && Files.isSameFile(target, data)) {
                    throw new IOException(
                            "%s: has the data of %s too; name an output in another directory"
                                    .formatted(data, file.path()));
                }
                Files.createDirectories(
                        Objects.requireNonNull(target.toAbsolutePath().getParent()));
                files.stage(target, copy(data, assigned, changed));
            }
            files.stage(output, copy(file.path(), assigned, changed));
            files.commit();
        }
        return changed.size();
    }

    private static AtomicFiles.Content copy(
            Path source, Map<WeightPlaces.Place, String> assigned, Map<String, NDArray> changed) {
        List<WeightPlaces.Place> inside =
                assigned.keySet().stream()
                        .filter(place -> place.tensor().file().equals(source))
                        .sorted(Comparator.comparingLong(place -> place.tensor().position()))
                        .toList();
        return out -> {
            try (FileChannel in = FileChannel.open(source, StandardOpenOption.READ)) {
                long position = 0;
                for (WeightPlaces.Place place : inside) {
                    FileTensor tensor = place.tensor();
                    copy(in, position, tensor.position(), out);
                    String path = Objects.requireNonNull(assigned.get(place));
                    NDArray weight = Objects.requireNonNull(changed.get(path));
                    place.form().writeFinite(path, weight, out);
                    position = tensor.position() + tensor.length();
                }
                copy(in, position, in.size(), out);
            }
        };
    }

    private static void copy(FileChannel in, long from, long to, OutputStream out)
            throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(1 << 16);
        long position = from;
        while (position < to) {
            piece.clear().limit((int) Math.min(piece.capacity(), to - position));
            int read = in.read(piece, position);
            if (read < 0) {
                throw new EOFException("the file became shorter while it was copied");
            }
            out.write(piece.array(), 0, read);
            position += read;
        }
    }
}
