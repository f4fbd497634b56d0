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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.TargetMatch;
import org.lora4j.djl.parameter.ParameterSites;
import org.lora4j.djl.part.PartSites;

/**
 * Compares an adapter's tensors with the modules that they are for, before anything is allocated: a
 * file may ask for any rank, and the model must not change if the file does not fit.
 */
final class AdapterFit {
    private AdapterFit() {}

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
            for (String path : match.adapted()) {
                // none where it cannot be adapted: the injection says so
                shapes(path, blocks.get(path), sites.one(path), AdapterSpec.of(lora, path))
                        .forEach((suffix, shape) -> expected.put(path + "." + suffix, shape));
            }
        }
        if (config instanceof LoraConfig lora) {
            for (ParameterSites.Site found :
                    ParameterSites.of(lora.targetParameters(), blocks).sites()) {
                AdapterSpec spec = AdapterSpec.of(lora, found.path()).forParameter();
                WeightSites.Site own =
                        found.ofLayer()
                                ? sites.one(found.module())
                                : sites.of(found.path(), found.weight());
                shapes(
                                found.module(),
                                found.ofLayer() ? blocks.get(found.module()) : null,
                                own,
                                spec)
                        .forEach(
                                (suffix, shape) ->
                                        expected.put(found.prefix() + "." + suffix, shape));
            }
        }
        for (String path : match.saved()) {
            Block block = blocks.containsKey(path) ? blocks.get(path) : sites.part(path);
            if (block != null) {
                Block whole = block instanceof AdapterHost host ? host.base() : block;
                BlockParameters.of(path, whole)
                        .forEach((name, parameter) -> expected.put(name, shape(parameter)));
            }
        }
        BlockTree.walk(sites.root())
                .forEach(
                        node ->
                                PeftBiases.names(node.path(), node.block(), config.bias(), match)
                                        .forEach((name, p) -> expected.put(name, shape(p))));
        return expected;
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
