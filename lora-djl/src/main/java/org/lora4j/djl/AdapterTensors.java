/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatch;
import org.lora4j.djl.parameter.ParameterSites;
import org.lora4j.djl.part.PartSites;

/**
 * The tensors that an adapter has on a tree, told before any is allocated: how many numbers a new
 * one would train, and what a file is compared with, which may ask for any rank.
 */
public final class AdapterTensors {
    /** A and B of a linear layer; an embedding's have other names, and no origin. */
    private static final List<String> LINEAR = List.of("lora_A.weight", "lora_B.weight");

    private static final Set<String> B = Set.of("lora_B.weight", "lora_embedding_B");

    private AdapterTensors() {}

    /**
     * How many numbers a new adapter would have on a tree.
     *
     * @param added by the path of an adapted module, those that train there beside the frozen ones;
     *     a soft prompt is beside the word table
     * @param saved by the path of a module that trains whole, or is below one, those of its copy
     * @param biases those of the trained copies of other modules' biases
     * @param kept those of B where it stays as it begins
     * @param origin those of A0 and B0, which are kept and do not train
     * @param copied the parameters of the tree that a copy takes the place of, by identity
     */
    public record Size(
            Map<String, Long> added,
            Map<String, Long> saved,
            long biases,
            long kept,
            long origin,
            Set<Parameter> copied) {
        /** Makes the collections unmodifiable. */
        public Size {
            added = Collections.unmodifiableMap(added);
            saved = Collections.unmodifiableMap(saved);
            copied = Collections.unmodifiableSet(copied);
        }

        /** Returns how many numbers train. */
        public long trainable() {
            long sum = biases;
            for (long count : added.values()) {
                sum = Math.addExact(sum, count);
            }
            for (long count : saved.values()) {
                sum = Math.addExact(sum, count);
            }
            return sum;
        }
    }

    /**
     * Counts what {@link Lora#inject} would add. The tree stays as it is, and only the shapes of
     * its arrays are read.
     *
     * @param root the tree, which has no adapters
     * @param config the adapter
     * @param match the modules that it selects
     * @throws IllegalArgumentException if a module cannot carry the adapter
     * @throws ArithmeticException if there are more numbers than a long counts
     */
    public static Size size(Block root, AdapterConfig config, TargetMatch match) {
        WeightSites sites = WeightSites.of(root);
        InjectionPlan plan = InjectionPlan.replacing(sites, false, config, "counted", match);
        Map<String, Block> blocks = BaseCopies.byPath(root);
        Map<String, Long> added = new LinkedHashMap<>();
        long kept = 0;
        long origin = 0;
        if (config instanceof LoraConfig lora) {
            for (Pair pair : pairs(sites, blocks, lora, plan.match)) {
                for (Map.Entry<String, Shape> tensor : pair.shapes.entrySet()) {
                    if (lora.init().keepsB() && B.contains(tensor.getKey())) {
                        kept = Math.addExact(kept, size(tensor.getValue()));
                    } else {
                        add(added, pair.path, tensor.getValue());
                    }
                }
                for (String matrix : lora.init().isPartOfWeight() ? LINEAR : List.<String>of()) {
                    Shape shape = pair.shapes.get(matrix);
                    origin = shape == null ? origin : Math.addExact(origin, size(shape));
                }
            }
        }
        for (PartSites kind : PartSites.of(config, plan.match, BlockTree.original(root), blocks)) {
            kind.trained().forEach((path, count) -> added.merge(path, count, Math::addExact));
        }
        Set<Parameter> copied = Collections.newSetFromMap(new IdentityHashMap<>());
        Map<String, Long> saved = new LinkedHashMap<>();
        copies(sites, blocks, plan.match)
                .forEach(
                        (name, parameter) -> {
                            add(saved, ModulePath.parent(name), shape(parameter));
                            copied.add(parameter);
                        });
        long biases = 0;
        for (Parameter bias : biases(root, config, plan.match).values()) {
            biases = Math.addExact(biases, size(shape(bias)));
            copied.add(bias);
        }
        return new Size(added, saved, biases, kept, origin, copied);
    }

    private static void add(Map<String, Long> counts, String path, Shape shape) {
        counts.merge(path, size(shape), Math::addExact);
    }

    private static long size(Shape shape) {
        long size = 1;
        for (long side : shape.getShape()) {
            size = Math.multiplyExact(size, side);
        }
        return size;
    }

    /**
     * Checks names and shapes.
     *
     * @throws AdapterMismatchException naming every tensor that is missing, of another shape, or
     *     without a place
     */
    static void check(
            WeightSites sites,
            AdapterConfig config,
            TargetMatch match,
            Map<String, NDArray> tensors,
            Path directory)
            throws IOException {
        Map<String, Block> blocks = BaseCopies.byPath(sites.root());
        List<PartSites> parts =
                PartSites.of(config, match, BlockTree.original(sites.root()), blocks);
        Map<String, String> repeated = new LinkedHashMap<>();
        parts.forEach(kind -> repeated.putAll(kind.repeated()));
        Map<String, Shape> expected = expected(sites, blocks, config, match);
        parts.forEach(kind -> expected.putAll(kind.shapes()));
        BaseCopies copies = new BaseCopies(sites.withParts(blocks));
        AdapterMismatchException.Builder mismatches = AdapterMismatchException.builder();
        expected.forEach(
                (name, shape) -> {
                    NDArray array = tensors.get(name);
                    if (array == null) {
                        mismatches.addMissing(name, shape);
                    } else if (!array.getShape().equals(shape)) {
                        mismatches.addShape(name, shape, array.getShape());
                    }
                });
        tensors.forEach(
                (name, array) -> {
                    if (!expected.containsKey(name)
                            && !PeftBiases.isRepeated(name, match)
                            && !repeated.containsKey(name)
                            && !copies.isEqual(name, array)) {
                        mismatches.addUnexpected(
                                name,
                                array.getShape(),
                                copies.names(name)
                                        ? "it is a copy of a base weight and not equal to the"
                                                + " model's; load the base that the adapter was"
                                                + " saved with"
                                        : "the base model has no such module, or the configuration"
                                                + " does not select it");
                    }
                });
        repeated.forEach(
                (name, table) -> {
                    NDArray copy = tensors.get(name);
                    NDArray rows = tensors.get(table);
                    if (copy != null && rows != null && !copy.contentEquals(rows)) {
                        mismatches.add(
                                name,
                                "the numbers of " + table + ", to which it is tied",
                                "others");
                    }
                });
        mismatches.throwIfAny(directory);
    }

    private static Map<String, Shape> expected(
            WeightSites sites, Map<String, Block> blocks, AdapterConfig config, TargetMatch match) {
        Map<String, Shape> expected = new LinkedHashMap<>();
        if (config instanceof LoraConfig lora) {
            for (Pair pair : pairs(sites, blocks, lora, match)) {
                pair.shapes.forEach(
                        (suffix, shape) -> expected.put(pair.prefix + "." + suffix, shape));
            }
        }
        copies(sites, blocks, match).forEach((name, p) -> expected.put(name, shape(p)));
        biases(sites.root(), config, match).forEach((name, p) -> expected.put(name, shape(p)));
        return expected;
    }

    /**
     * A pair A, B with what trains beside it.
     *
     * @param path the module, or the parameter that is adapted by itself
     * @param prefix what files call it
     * @param shapes by PEFT's suffix
     */
    private record Pair(String path, String prefix, Map<String, Shape> shapes) {}

    private static List<Pair> pairs(
            WeightSites sites, Map<String, Block> blocks, LoraConfig lora, TargetMatch match) {
        List<Pair> pairs = new ArrayList<>();
        for (String path : match.adapted()) {
            AdapterSpec spec = AdapterSpec.of(lora, path);
            // none where it cannot be adapted: the injection says so
            pairs.add(new Pair(path, path, shapes(path, blocks.get(path), sites.one(path), spec)));
        }
        for (ParameterSites.Site found :
                ParameterSites.of(lora.targetParameters(), blocks).sites()) {
            AdapterSpec spec = AdapterSpec.of(lora, found.path()).forParameter();
            WeightSites.Site own =
                    found.ofLayer()
                            ? sites.one(found.module())
                            : sites.of(found.path(), found.weight());
            Block block = found.ofLayer() ? blocks.get(found.module()) : null;
            pairs.add(
                    new Pair(
                            found.path(),
                            found.prefix(),
                            shapes(found.module(), block, own, spec)));
        }
        return pairs;
    }

    /** Returns the parameters of which the adapter trains copies with their whole modules. */
    private static Map<String, Parameter> copies(
            WeightSites sites, Map<String, Block> blocks, TargetMatch match) {
        Map<String, Parameter> copies = new LinkedHashMap<>();
        for (String path : match.saved()) {
            Block block = blocks.containsKey(path) ? blocks.get(path) : sites.part(path);
            if (block != null) {
                Block whole = block instanceof AdapterHost host ? host.base() : block;
                copies.putAll(BlockParameters.of(path, whole));
            }
        }
        return copies;
    }

    private static Map<String, Parameter> biases(
            Block root, AdapterConfig config, TargetMatch match) {
        Map<String, Parameter> biases = new LinkedHashMap<>();
        BlockTree.walk(root)
                .forEach(
                        node ->
                                biases.putAll(
                                        PeftBiases.names(
                                                node.path(), node.block(), config.bias(), match)));
        return biases;
    }

    private static Map<String, Shape> shapes(
            String path, @Nullable Block block, WeightSites.@Nullable Site site, AdapterSpec spec) {
        Map<String, Shape> shapes =
                block == null ? Map.of() : LoraLayers.tensorShapes(path, block, spec);
        return shapes.isEmpty() && site != null ? site.tensorShapes(spec) : shapes;
    }

    private static Shape shape(Parameter parameter) {
        return parameter.getArray().getShape();
    }
}
