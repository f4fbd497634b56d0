/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.part;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.BlockOnCopies;
import org.lora4j.block.part.Ia3Linear;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.TargetMatch;

/** The linear layers that an (IA)³ adapter rescales. Immutable. */
final class Ia3Sites implements PartSites {
    private final Map<String, Linear> layers;
    private final Ia3Config config;

    private Ia3Sites(Map<String, Linear> layers, Ia3Config config) {
        this.layers = layers;
        this.config = config;
    }

    static Ia3Sites of(Ia3Config config, TargetMatch match, Map<String, Block> blocks) {
        Map<String, Linear> layers = new LinkedHashMap<>();
        for (String path : match.adapted()) {
            Block block = blocks.get(path);
            boolean carries = block instanceof AdapterHost && !(block instanceof Ia3Linear);
            if (carries && block instanceof AdapterHost host && !host.isBare()) {
                throw new IllegalArgumentException(
                        ("%s carries other adapters, so that (IA)³ cannot rescale it; eject those"
                                        + " first")
                                .formatted(path));
            }
            if (!(block instanceof Linear linear) || block instanceof BlockOnCopies) {
                throw new IllegalArgumentException(
                        ("%s is %s, which (IA)³ does not rescale here; expected a linear layer."
                                        + " Leave it out of the targets")
                                .formatted(
                                        path,
                                        block == null
                                                ? "no block of its own"
                                                : "a " + block.getClass().getSimpleName()));
            }
            layers.put(path, linear);
        }
        return new Ia3Sites(layers, config);
    }

    @Override
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        layers.forEach(
                (path, layer) ->
                        Ia3Linear.tensorShapes(layer, config.isFeedforward(path))
                                .forEach(
                                        (suffix, shape) -> shapes.put(path + "." + suffix, shape)));
        return shapes;
    }

    @Override
    public List<Addition> additions(
            LoraContext context, IdentityHashMap<Block, Block> swaps, boolean drawn) {
        List<Addition> additions = new ArrayList<>();
        layers.forEach(
                (path, layer) -> {
                    Ia3Linear host;
                    if (layer instanceof Ia3Linear own) {
                        host = own;
                    } else {
                        Linear base =
                                layer instanceof AdapterHost bare ? (Linear) bare.base() : layer;
                        host = new Ia3Linear(path, base, context);
                        swaps.put(layer, host);
                    }
                    boolean feedforward = config.isFeedforward(path);
                    additions.add(new Addition(host, key -> host.addAdapter(key, feedforward)));
                });
        return additions;
    }
}
