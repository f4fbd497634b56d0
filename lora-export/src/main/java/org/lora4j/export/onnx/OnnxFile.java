/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lora4j.export.proto.InvalidProtoException;
import org.lora4j.export.proto.ProtoReader;

/**
 * The tensors of an ONNX file: initialisers and constants, those of subgraphs and functions
 * included, with the places of their bytes. Only tensors of real numbers whose bytes lie in one
 * piece are listed, which are all that exporters write as weights. Follows onnx.proto3.
 */
final class OnnxFile {
    private static final int DEEPEST = 32;

    private final Path path;
    private final List<FileTensor> tensors = new ArrayList<>();
    private final Set<Path> dataFiles = new TreeSet<>();
    private final Set<String> operators = new TreeSet<>();

    private OnnxFile(Path path) {
        this.path = path;
    }

    /**
     * Reads a file.
     *
     * @throws IOException if it is no ONNX file, or names data outside its directory
     */
    static OnnxFile read(Path path) throws IOException {
        OnnxFile file = new OnnxFile(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new InvalidProtoException("it has 2 GB or more");
            }
            ProtoReader model =
                    new ProtoReader(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
            boolean graph = false;
            while (model.next()) {
                if (model.field() == 7) {
                    file.graph(model.message(), 0);
                    graph = true;
                } else if (model.field() == 25) {
                    file.function(model.message());
                }
            }
            if (!graph) {
                throw new InvalidProtoException("it has no graph");
            }
        } catch (InvalidProtoException | ArithmeticException e) {
            throw new IOException(path + ": is not an ONNX file: " + e.getMessage(), e);
        }
        return file;
    }

    Path path() {
        return path;
    }

    List<FileTensor> tensors() {
        return tensors;
    }

    /** Returns the files beside it that have tensors. */
    Set<Path> dataFiles() {
        return dataFiles;
    }

    /** Returns the operators that compute with integers of few bits in the place of weights. */
    Set<String> quantizedOperators() {
        Set<String> found = new TreeSet<>();
        for (String operator : operators) {
            if (operator.contains("Quantize")
                    || operator.endsWith("Integer")
                    || operator.endsWith("NBits")
                    || operator.endsWith("Bnb4")
                    || operator.startsWith("QLinear")
                    || operator.startsWith("QOrdered")
                    || operator.equals("QAttention")
                    || operator.equals("QGemm")) {
                found.add(operator);
            }
        }
        return found;
    }

    private void graph(ProtoReader graph, int depth) throws IOException {
        if (depth > DEEPEST) {
            throw new InvalidProtoException("its subgraphs are nested too deep");
        }
        while (graph.next()) {
            if (graph.field() == 1) {
                node(graph.message(), depth);
            } else if (graph.field() == 5) {
                tensor(graph.message(), null);
            }
        }
    }

    private void function(ProtoReader function) throws IOException {
        while (function.next()) {
            if (function.field() == 7) {
                node(function.message(), 0);
            }
        }
    }

    private void node(ProtoReader node, int depth) throws IOException {
        String output = null;
        while (node.next()) {
            switch (node.field()) {
                case 2 -> output = node.text();
                case 4 -> operators.add(node.text());
                case 5 -> attribute(node.message(), output, depth);
                default -> {
                    // names and documentation
                }
            }
        }
    }

    private void attribute(ProtoReader attribute, @Nullable String output, int depth)
            throws IOException {
        while (attribute.next()) {
            switch (attribute.field()) {
                case 5, 10 -> tensor(attribute.message(), output);
                case 6, 11 -> graph(attribute.message(), depth + 1);
                default -> {
                    // numbers and strings
                }
            }
        }
    }

    private void tensor(ProtoReader tensor, @Nullable String output) throws IOException {
        String name = output == null ? "" : output;
        ElementType type = null;
        List<Long> shape = new ArrayList<>();
        Map<String, String> external = new HashMap<>();
        long position = -1;
        long length = 0;
        while (tensor.next()) {
            switch (tensor.field()) {
                case 1 -> dimensions(tensor, shape);
                case 2 -> type = ElementType.of(tensor.number());
                case 4, 9 -> { // float_data and raw_data: the same bytes, where they are packed
                    if (tensor.isBytes() && tensor.bytes().hasRemaining()) {
                        position = tensor.position();
                        length = tensor.bytes().remaining();
                    }
                }
                case 8 -> name = tensor.text();
                case 13 -> entry(tensor.message(), external);
                default -> {
                    // other data fields are those of other types
                }
            }
        }
        if (type == null || type.dtype() == null) {
            return;
        }
        long expected = type.bytes();
        for (long dimension : shape) {
            expected = Math.multiplyExact(expected, dimension);
        }
        Path file = path;
        if (!external.isEmpty()) {
            file = dataFile(name, external.getOrDefault("location", ""));
            position = number(name, external, "offset", 0);
            length = number(name, external, "length", expected);
            if (position < 0 || position > Files.size(file) - length) {
                throw new InvalidProtoException(
                        "tensor %s ends behind the end of %s".formatted(name, file));
            }
        }
        if (position >= 0 && length == expected) {
            tensors.add(
                    new FileTensor(name, type.dtype(), List.copyOf(shape), file, position, length));
        }
    }

    private static void dimensions(ProtoReader tensor, List<Long> shape)
            throws InvalidProtoException {
        if (!tensor.isBytes()) {
            shape.add(dimension(tensor.number()));
            return;
        }
        ByteBuffer packed = tensor.bytes();
        while (packed.hasRemaining()) {
            long value = 0;
            int shift = 0;
            byte next;
            do {
                if (!packed.hasRemaining() || shift > 63) {
                    throw new InvalidProtoException("a tensor's dimensions are cut off");
                }
                next = packed.get();
                value |= (long) (next & 0x7F) << shift;
                shift += 7;
            } while (next < 0);
            shape.add(dimension(value));
        }
    }

    private static long dimension(long value) throws InvalidProtoException {
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new InvalidProtoException("a tensor has a dimension of " + value);
        }
        return value;
    }

    private static void entry(ProtoReader entry, Map<String, String> into)
            throws InvalidProtoException {
        String key = "";
        String value = "";
        while (entry.next()) {
            if (entry.field() == 1) {
                key = entry.text();
            } else if (entry.field() == 2) {
                value = entry.text();
            }
        }
        into.put(key, value);
    }

    private static long number(String tensor, Map<String, String> external, String key, long absent)
            throws InvalidProtoException {
        String text = external.get(key);
        if (text == null) {
            return absent;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new InvalidProtoException(
                    "the %s of tensor %s is \"%s\"".formatted(key, tensor, text));
        }
    }

    private Path dataFile(String tensor, String location) throws IOException {
        Path folder = path.toAbsolutePath().normalize().getParent();
        Path file = path.resolveSibling(location).toAbsolutePath().normalize();
        boolean inside = folder != null && file.startsWith(folder) && !file.equals(folder);
        if (location.isEmpty() || Path.of(location).isAbsolute() || !inside) {
            throw new InvalidProtoException(
                    "tensor %s has its data in \"%s\", which is not beside it"
                            .formatted(tensor, location));
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(
                    "%s: no such file; %s has tensor %s there".formatted(file, path, tensor));
        }
        Path found = path.resolveSibling(location);
        dataFiles.add(found);
        return found;
    }
}
