/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.core.ModulePath;
import org.lora4j.torch.Packing;

/**
 * The packed weights of a model that is being read: made from weights in full precision, found in
 * its files, or shared with another model.
 */
final class PackedLayers {
    private final Path source;
    private final TensorSource tensors;
    private final Map<String, String> names;
    private final NDManager manager;
    private final @Nullable Quantization quantization;
    private final BitsAndBytes files;
    private final Set<String> linear = new LinkedHashSet<>();
    private @Nullable Packing packing;

    /**
     * Looks for packed weights.
     *
     * @param names the file's name of a tensor by the model's name
     * @param quantization how weights in full precision are packed, or null
     */
    PackedLayers(
            Path source,
            TensorSource tensors,
            Map<String, String> names,
            NDManager manager,
            @Nullable Quantization quantization) {
        this.source = source;
        this.tensors = tensors;
        this.names = names;
        this.manager = manager;
        this.quantization = quantization;
        this.files = new BitsAndBytes(source, tensors, names);
    }

    private Packing packing() {
        Packing made = packing;
        if (made == null) {
            made = new Packing(manager);
            packing = made;
        }
        return made;
    }

    /** Returns whether a layer that was read in full precision is to be packed. */
    boolean packs(String layer) {
        String name = names.get(layer + ".weight");
        linear.add(layer);
        return quantization != null
                && !files.isPacked()
                && name != null
                && tensors.isFile(name) // what is shared was packed, or left, before
                && !quantization.skips(layer);
    }

    /**
     * Returns the weight of a layer that the source has packed, or null.
     *
     * @param layer the layer's path
     * @param name the file's name of its weight
     * @throws IOException if it is packed in a way that is not known, or otherwise than was asked
     */
    @Nullable PackedWeight find(String layer, String name, long out, long in) throws IOException {
        if (!tensors.isFile(name)) {
            return tensors.readStored(manager, name) instanceof PackedWeight shared ? shared : null;
        }
        Quantization.Format format = files.format(layer, name);
        if (format == null) {
            return null;
        }
        if (quantization != null && quantization.keeps(layer)) {
            throw new IOException(
                    "%s: %s is packed as %s in the file, and is to stay in full precision; expected a checkpoint in full precision"
                            .formatted(source, name, format));
        }
        if (quantization != null && quantization.format() != format) {
            throw new IOException(
                    "%s: %s is packed as %s, and %s was asked for; expected a checkpoint in full precision, or no other quantisation than its own"
                            .formatted(source, name, format, quantization.format()));
        }
        return format == Quantization.Format.INT8
                ? files.int8(manager, packing(), layer, name, out, in)
                : files.nf4(manager, packing(), layer, name, out, in);
    }

    /**
     * Checks that the layers that stay as they are were among those of the model.
     *
     * @param tensors the tensors that the model has
     * @throws IOException if one was not
     */
    void requireMatched(Set<String> tensors) throws IOException {
        if (quantization == null) {
            return;
        }
        List<String> modules = tensors.stream().map(ModulePath::parent).distinct().toList();
        try {
            quantization.requireMatched(modules, linear);
        } catch (IllegalArgumentException e) {
            throw new IOException(source + ": " + e.getMessage(), e);
        }
    }

    /** Returns whether a tensor describes a weight that is packed in the files. */
    boolean describes(String tensor) {
        return files.describes(tensor);
    }

    /**
     * Packs a weight and frees it.
     *
     * @param layer the layer's path, for messages
     * @param w [out, in]
     * @throws IOException if a number is NaN or infinite
     */
    PackedWeight pack(String layer, NDArray w) throws IOException {
        Quantization how = Objects.requireNonNull(quantization);
        try (w) {
            return switch (how.format()) {
                case NF4 -> packing().nf4(w, how.doubleQuantized());
                case INT8 -> packing().int8(w);
            };
        } catch (IllegalArgumentException e) {
            throw new IOException(source + ": " + layer + ".weight: " + e.getMessage(), e);
        }
    }
}
