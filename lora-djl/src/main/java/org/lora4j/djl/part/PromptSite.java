/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.part;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.WordTableOwner;
import org.lora4j.block.part.SoftPrompts;
import org.lora4j.block.part.TrainedTokens;
import org.lora4j.core.SoftPromptConfig;

/**
 * The word table beside which a soft prompt is. Immutable.
 *
 * @param path its path
 * @param block the table, or what stands for it
 * @param rows its weight
 * @param scale what the model multiplies word vectors by
 * @param config the prompt
 */
record PromptSite(String path, Block block, Parameter rows, double scale, SoftPromptConfig config)
        implements PartSites {
    static PromptSite of(SoftPromptConfig config, Block root, Map<String, Block> blocks) {
        if (!(root instanceof WordTableOwner owner)) {
            throw new IllegalArgumentException(
                    ("a soft prompt stands before texts, and a %s does not take any; expected a"
                                    + " model of LoraModel")
                            .formatted(root.getClass().getSimpleName()));
        }
        String path = owner.wordTablePath();
        Block block = blocks.get(path);
        Block base = block instanceof AdapterHost host ? host.base() : block;
        Parameter rows = base == null ? null : TrainedTokens.rowsOf(base);
        boolean other = block instanceof AdapterHost && !(block instanceof SoftPrompts);
        if (block == null || rows == null || other) {
            throw new IllegalArgumentException(
                    path + " carries other adapters, so that no soft prompt can be beside it");
        }
        return new PromptSite(path, block, rows, owner.wordScale(), config);
    }

    @Override
    public Map<String, Shape> shapes() {
        return SoftPrompts.tensorShapes(rows, config);
    }

    @Override
    public Map<String, Long> trained() {
        long count = 0;
        for (Shape shape : SoftPrompts.trainedShapes(rows, config).values()) {
            count = Math.addExact(count, shape.size());
        }
        return Map.of(path, count);
    }

    @Override
    public List<Addition> additions(
            LoraContext context, IdentityHashMap<Block, Block> swaps, boolean drawn) {
        SoftPrompts host;
        if (block instanceof SoftPrompts own) {
            host = own;
        } else {
            host = new SoftPrompts(path, block, scale, context);
            swaps.put(block, host);
        }
        return List.of(new Addition(host, key -> host.addAdapter(key, config, drawn)));
    }
}
