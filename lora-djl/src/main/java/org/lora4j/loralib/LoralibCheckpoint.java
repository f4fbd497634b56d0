/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.files.Opened;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.torchfile.InvalidTorchFileException;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchfile.TorchFile;

/**
 * A checkpoint of loralib: a state dict with {@code MODULE.lora_A} and {@code MODULE.lora_B}, in a
 * file of torch.save (either form, also inside a dict such as {"state_dict": ...}) or of
 * safetensors. Nothing in the file is executed; tensors are read when they are asked for.
 *
 * <p>Thread-safe. The file must not be changed while it is open.
 */
public final class LoralibCheckpoint implements AutoCloseable {
    private static final String A = ".lora_A";
    private static final String B = ".lora_B";

    private final Path path;
    private final Closeable file;
    private final Map<String, LazyTensor> tensors;
    private final Map<String, LoraPair> pairs;

    private LoralibCheckpoint(Path path, Closeable file, Map<String, LazyTensor> tensors)
            throws IOException {
        this.path = path;
        this.file = file;
        this.tensors = tensors;
        this.pairs = pair(path, tensors);
    }

    /**
     * Opens a checkpoint.
     *
     * @param path a file of torch.save or of safetensors
     * @return the open checkpoint; the caller closes it
     * @throws InvalidTorchFileException if it is neither, is damaged, holds what is refused, or has
     *     no such names or several state dicts with them
     * @throws AdapterMismatchException if an A lacks its B, or they are no matrices of floats, with
     *     all of them
     * @throws IOException if it is missing or cannot be read
     */
    public static LoralibCheckpoint open(Path path) throws IOException {
        if (path.toString().endsWith(".safetensors") && !TorchFile.matches(path)) {
            SafeTensorsFile file = SafeTensorsFile.open(path);
            return of(path, file::close, Map.of("", LazyTensor.allOf(file)));
        }
        TorchFile file = TorchFile.open(path);
        return of(path, file::close, file.stateDicts());
    }

    private static LoralibCheckpoint of(
            Path path, Closeable file, Map<String, Map<String, LazyTensor>> stateDicts)
            throws IOException {
        return Opened.orClose(
                file, () -> new LoralibCheckpoint(path, file, choose(path, stateDicts)));
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
     * Returns the adapted modules.
     *
     * @return their matrices by path, sorted
     */
    public Map<String, LoraPair> pairs() {
        return pairs;
    }

    /**
     * Returns every tensor of the state dict, by loralib's names.
     *
     * @return the tensors, in the order of the file
     */
    public Map<String, LazyTensor> tensors() {
        return tensors;
    }

    /**
     * Reads what {@code lora.lora_state_dict} gives: every A and B, and biases where there are any,
     * as float32 by loralib's names, for {@code Lora.loadLoraStateDict}.
     *
     * @param manager the manager that will own the arrays
     * @return named arrays, in the order of the file
     * @throws IOException if the file cannot be read
     */
    public NDList readStateDict(NDManager manager) throws IOException {
        NDList state = new NDList();
        for (Map.Entry<String, LazyTensor> entry : tensors.entrySet()) {
            String name = entry.getKey();
            boolean wanted = name.contains("lora_") || name.contains("bias");
            if (wanted && entry.getValue().dtype().isFloating()) {
                NDArray array = entry.getValue().readFloat32(manager);
                array.setName(name);
                state.add(array);
            }
        }
        return state;
    }

    /** Tensors read after this fail. */
    @Override
    public void close() throws IOException {
        file.close();
    }

    /** The one state dict that has loralib's names. */
    private static Map<String, LazyTensor> choose(
            Path path, Map<String, Map<String, LazyTensor>> stateDicts) throws IOException {
        List<String> places = new ArrayList<>();
        stateDicts.forEach(
                (place, tensors) -> {
                    if (tensors.keySet().stream().anyMatch(LoralibCheckpoint::isLora)) {
                        places.add(place);
                    }
                });
        if (places.size() == 1) {
            return Objects.requireNonNull(stateDicts.get(places.get(0)));
        }
        if (places.isEmpty()) {
            List<String> some =
                    stateDicts.values().stream()
                            .flatMap(dict -> dict.keySet().stream())
                            .limit(3)
                            .toList();
            boolean peft = some.stream().anyMatch(n -> n.endsWith(A + ".weight"));
            throw new InvalidTorchFileException(
                    path,
                    ("expected tensors named MODULE.lora_A and MODULE.lora_B, as loralib has them,"
                                    + " found %s%s")
                            .formatted(
                                    some.isEmpty() ? "no tensors" : "such as " + some,
                                    peft
                                            ? "; these are PEFT's names, which need no conversion"
                                            : ""));
        }
        throw new InvalidTorchFileException(
                path,
                ("expected one state dict with loralib's names, found them in %s: save the one you"
                                + " mean alone")
                        .formatted(places));
    }

    private static boolean isLora(String name) {
        return name.endsWith(A)
                || name.endsWith(B)
                || name.equals("lora_A")
                || name.equals("lora_B");
    }

    private static Map<String, LoraPair> pair(Path path, Map<String, LazyTensor> tensors)
            throws IOException {
        AdapterMismatchException.Builder mismatches = AdapterMismatchException.builder();
        Map<String, LoraPair> pairs = new TreeMap<>();
        for (Map.Entry<String, LazyTensor> entry : tensors.entrySet()) {
            String name = entry.getKey();
            if (!isLora(name)) {
                continue;
            }
            if (!name.contains(".")) {
                mismatches.add(name, "the path of a module before it", "none: a layer saved alone");
                continue;
            }
            checkMatrix(name, entry.getValue(), mismatches);
            String module = name.substring(0, name.length() - A.length());
            LazyTensor a = tensors.get(module + A);
            LazyTensor b = tensors.get(module + B);
            if (a == null || b == null) {
                mismatches.addMissing(module + (a == null ? A : B), null);
            } else {
                pairs.put(module, new LoraPair(module, a, b, weight(tensors, module)));
            }
        }
        mismatches.throwIfAny(path);
        return Collections.unmodifiableMap(pairs);
    }

    private static void checkMatrix(
            String name, LazyTensor tensor, AdapterMismatchException.Builder mismatches) {
        Shape shape = tensor.shape();
        if (shape.dimension() != 2 || shape.size() == 0 || !tensor.dtype().isFloating()) {
            mismatches.add(
                    name, "a matrix of floating-point numbers", tensor.dtype() + " " + shape);
        }
    }

    /** loralib 0.1.2 holds a convolution inside its layer; later it also names it directly. */
    private static @Nullable LazyTensor weight(Map<String, LazyTensor> tensors, String module) {
        LazyTensor own = tensors.get(module + ".weight");
        return own != null ? own : tensors.get(module + ".conv.weight");
    }
}
