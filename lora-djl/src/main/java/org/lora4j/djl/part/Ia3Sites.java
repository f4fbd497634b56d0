/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.part;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.BlockOnCopies;
import org.lora4j.block.part.Ia3Convolution;
import org.lora4j.block.part.Ia3Linear;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.TargetMatch;

/** The linear layers that an (IA)³ adapter rescales. Immutable. */
final class Ia3Sites implements PartSites {
    private final Map<String, Block> layers;
    private final Ia3Config config;

    private Ia3Sites(Map<String, Block> layers, Ia3Config config) {
        this.layers = layers;
        this.config = config;
    }

    static Ia3Sites of(Ia3Config config, TargetMatch match, Map<String, Block> blocks) {
        Map<String, Block> layers = new LinkedHashMap<>();
        for (String path : match.adapted()) {
            Block block = blocks.get(path);
            boolean carries =
                    block instanceof AdapterHost
                            && !(block instanceof Ia3Linear)
                            && !(block instanceof Ia3Convolution);
            if (carries && block instanceof AdapterHost host && !host.isBare()) {
                throw new IllegalArgumentException(
                        ("%s carries other adapters, so that (IA)³ cannot rescale it; eject those"
                                        + " first")
                                .formatted(path));
            }
            if (!isLayer(block) || block == null || block instanceof BlockOnCopies) {
                throw new IllegalArgumentException(
                        ("%s is %s, which (IA)³ does not rescale here; expected a linear layer or"
                                        + " a convolution. Leave it out of the targets")
                                .formatted(
                                        path,
                                        block == null
                                                ? "no block of its own"
                                                : "a " + block.getClass().getSimpleName()));
            }
            layers.put(path, block);
        }
        return new Ia3Sites(layers, config);
    }

    private static boolean isLayer(@Nullable Block block) {
        return block instanceof Linear
                || block instanceof Convolution
                || block instanceof Ia3Convolution
                || (block instanceof AdapterHost bare && bare.base() instanceof Convolution);
    }

    @Override
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        layers.forEach(
                (path, layer) ->
                        shapes(path, layer)
                                .forEach((suffix, s) -> shapes.put(path + "." + suffix, s)));
        return shapes;
    }

    @Override
    public Map<String, Long> trained() {
        Map<String, Long> trained = new LinkedHashMap<>();
        layers.forEach(
                (path, layer) ->
                        shapes(path, layer).values().forEach(s -> trained.put(path, s.size())));
        return trained;
    }

    private Map<String, Shape> shapes(String path, Block layer) {
        boolean feedforward = config.isFeedforward(path);
        return layer instanceof Linear linear
                ? Ia3Linear.tensorShapes(linear, feedforward)
                : Ia3Convolution.tensorShapes(convolution(layer), feedforward);
    }

    private static Convolution convolution(Block layer) {
        return (Convolution) (layer instanceof AdapterHost host ? host.base() : layer);
    }

    @Override
    public List<Addition> additions(
            LoraContext context, IdentityHashMap<Block, Block> swaps, boolean drawn) {
        List<Addition> additions = new ArrayList<>();
        layers.forEach(
                (path, layer) -> {
                    boolean feedforward = config.isFeedforward(path);
                    if (layer instanceof Linear linear) {
                        Ia3Linear host = host(path, linear, context, swaps);
                        additions.add(new Addition(host, key -> host.addAdapter(key, feedforward)));
                    } else {
                        Ia3Convolution host = host(path, layer, context, swaps);
                        additions.add(new Addition(host, key -> host.addAdapter(key, feedforward)));
                    }
                });
        return additions;
    }

    private static Ia3Linear host(
            String path, Linear layer, LoraContext context, IdentityHashMap<Block, Block> swaps) {
        if (layer instanceof Ia3Linear own) {
            return own;
        }
        Linear base = layer instanceof AdapterHost bare ? (Linear) bare.base() : layer;
        Ia3Linear host = new Ia3Linear(path, base, context);
        swaps.put(layer, host);
        return host;
    }

    private static Ia3Convolution host(
            String path, Block layer, LoraContext context, IdentityHashMap<Block, Block> swaps) {
        if (layer instanceof Ia3Convolution own) {
            return own;
        }
        Ia3Convolution host = new Ia3Convolution(path, convolution(layer), context);
        swaps.put(layer, host);
        return host;
    }
}
