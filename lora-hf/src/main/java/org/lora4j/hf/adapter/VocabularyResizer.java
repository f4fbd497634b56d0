/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import org.lora4j.block.random.CounterRandom;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DenseLinear;
import org.lora4j.block.weight.LookupTable;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;

/**
 * Changes the number of a model's tokens: resizes the word table and, in a language model, the
 * vocabulary projection, as resize_token_embeddings of transformers 5.23 does.
 *
 * <p>Rows that stay keep their numbers. New rows are drawn from N(μ, 10⁻⁹ Σ), where μ is the mean
 * of the old rows and Σ their covariance: x = μ + √(10⁻⁹/n) Σᵢ gᵢ (rowᵢ − μ) with gᵢ of N(0, 1). A
 * tied projection stays tied.
 */
final class VocabularyResizer {
    private static final double VARIANCE = 1e-9;

    /** The most normal numbers that are drawn at once. */
    private static final int MOST_NUMBERS = 1 << 22;

    private VocabularyResizer() {}

    static void resize(LoadedModel model, int tokens) {
        if (tokens < 1) {
            throw new IllegalArgumentException("expected at least 1 token, found " + tokens);
        }
        model.use().base().requireSole("resizeTokenEmbeddings");
        ModelRoot root = model.block();
        if (root.vocabularySize() == tokens) {
            return;
        }
        IdentityHashMap<NDArray, NDArray> made = new IdentityHashMap<>();
        IdentityHashMap<Block, Block> replacements = new IdentityHashMap<>();
        try {
            for (BlockTree.Node node : BlockTree.walk(root)) {
                if (root.tokenPaths().contains(node.path())) {
                    Parameter old = table(node);
                    NDArray table =
                            made.computeIfAbsent(
                                    old.getArray(),
                                    array -> resized(model, node.path(), array, tokens));
                    Block block = onTable(node.block(), table);
                    block.freezeParameters(!old.requiresGradient());
                    replacements.put(node.block(), block);
                }
            }
            BlockTree.replace(root, replacements);
        } catch (RuntimeException | OutOfMemoryError e) {
            made.values().forEach(NDArray::close);
            throw e;
        }
        made.keySet().forEach(NDArray::close);
        root.resized(tokens);
    }

    private static Parameter table(BlockTree.Node node) {
        return Objects.requireNonNull(BlockWeights.direct(node.block()).get("weight"), node.path());
    }

    private static Block onTable(Block block, NDArray table) {
        return block instanceof LookupTable lookup
                ? lookup.onTable(table)
                : new DenseLinear(table, null, new TorchKernels());
    }

    /** Returns a new table, which the model's manager owns, in the old one's precision. */
    private static NDArray resized(LoadedModel model, String path, NDArray old, int tokens) {
        try (NDManager scope = model.manager().newSubManager()) {
            NDArray rows = Torch.toFloat32(old);
            if (rows == old) {
                rows = old.duplicate();
            }
            rows.attach(scope);
            long count = rows.getShape().get(0);
            NDArray single = rows;
            if (tokens < count) {
                single = rows.get(new NDIndex().addSliceDim(0, tokens)).duplicate();
            } else {
                single = rows.concat(drawn(scope, model.seed(), path, rows, tokens), 0);
            }
            NDArray result = Torch.toTypeOf(single, old);
            if (result == single) {
                result = single.duplicate();
            }
            result.attach(model.manager());
            return result;
        }
    }

    private static NDArray drawn(
            NDManager scope, long seed, String path, NDArray rows, int tokens) {
        int count = Math.toIntExact(rows.getShape().get(0));
        int added = tokens - count;
        NDArray mean = rows.mean(new int[] {0}, true);
        NDArray centred = rows.sub(mean);
        long key = CounterRandom.derive(CounterRandom.derive(seed, path), "tokens");
        double scale = Math.sqrt(VARIANCE / count);
        NDArray all = scope.zeros(new Shape(added, rows.getShape().get(1)), DataType.FLOAT32);
        int part = Math.max(1, MOST_NUMBERS / count);
        for (int from = 0; from < added; from += part) {
            int until = Math.min(added, from + part);
            float[] numbers = new float[(until - from) * count];
            for (int i = 0; i < numbers.length; i++) {
                long at = (long) from * count + i;
                numbers[i] = (float) (scale * CounterRandom.gaussian(key, at));
            }
            NDArray factors = scope.create(numbers, new Shape(until - from, count));
            NDArray values = factors.matMul(centred).add(mean);
            Torch.copyInto(all.get(new NDIndex().addSliceDim(from, until)), values);
        }
        return all;
    }

    /**
     * Copies the rows that were drawn from an adapter's tables if the other rows are equal: then
     * the adapter was trained with these.
     *
     * @param tensors the adapter's, by PEFT's names
     */
    static void fillNewRows(ModelRoot root, Map<String, NDArray> tensors) {
        long old = root.loadedVocabulary();
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (!root.tokenPaths().contains(node.path())) {
                continue;
            }
            NDArray own = table(node).getArray();
            NDArray copy = tensors.get(node.path() + ".base_layer.weight");
            copy = copy == null ? tensors.get(node.path() + ".weight") : copy;
            copy =
                    copy == null
                            ? tensors.get(node.path() + ".token_adapter.base_layer.weight")
                            : copy;
            long count = own.getShape().get(0);
            if (copy == null || !copy.getShape().equals(own.getShape()) || count <= old) {
                continue;
            }
            NDIndex kept = new NDIndex().addSliceDim(0, old);
            NDIndex added = new NDIndex().addSliceDim(old, count);
            try (NDManager scope = copy.getManager().newSubManager()) {
                NDArray cast = Torch.toTypeOf(copy, own);
                NDArray mine = own.get(kept);
                NDArray theirs = cast.get(kept);
                scope.attachAll(cast, mine, theirs);
                if (equal(scope, mine, theirs)) {
                    NDArray place = own.get(added);
                    NDArray values = cast.get(added);
                    scope.attachAll(place, values);
                    Torch.copyInto(place, values);
                }
            }
        }
    }

    private static boolean equal(NDManager scope, NDArray a, NDArray b) {
        NDArray first = Torch.toFloat32(a);
        NDArray second = Torch.toFloat32(b);
        scope.attachAll(first, second);
        return first.contentEquals(second);
    }
}
