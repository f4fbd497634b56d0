/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SymbolBlock;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.lora4j.block.AdapterCoverage;
import org.lora4j.torch.TorchModule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Modules of the engine in a tree of blocks, such as TorchScript. Each is one block without
 * children whose forward pass takes its weights from the script, so they cannot be replaced.
 */
final class ScriptModules {
    private static final Logger logger = LoggerFactory.getLogger(ScriptModules.class);

    private ScriptModules() {}

    static boolean isOne(Block block) {
        return block instanceof SymbolBlock;
    }

    /** Refuses to adapt what is inside a module that no block can stand around. */
    static IllegalArgumentException unreachable(String path, Block script, Block root) {
        return new IllegalArgumentException(
                script == root
                        ? ("%s is inside a TorchScript module that is the root of the tree, whose"
                               + " place no other block can take here. Call Lora.inject with the"
                               + " Model, or wrap the module first: new"
                               + " SequentialBlock().add(block)")
                                .formatted(path)
                        : ("%s is inside a TorchScript module that is kept where no other block can"
                                        + " take its place, such as a lambda or a field of its own"
                                        + " class. Keep it as a child: new SequentialBlock()"
                                        + ".add(module), or in a field of type Block")
                                .formatted(path));
    }

    /** Describes such a block. */
    static String describe(Block block) {
        String type = block.getClass().getSimpleName();
        OptionalLong size = numbers(block);
        return "%s (%s)%s"
                .formatted(
                        kind(type),
                        type,
                        size.isPresent()
                                ? String.format(Locale.ROOT, " of %,d numbers", size.getAsLong())
                                : "");
    }

    private static String kind(String type) {
        if (type.startsWith("Pt")) {
            return "a TorchScript module";
        }
        return isOnnx(type) ? "an ONNX model" : "a module of its engine's own";
    }

    private static boolean isOnnx(String type) {
        return type.startsWith("Ort");
    }

    private static OptionalLong numbers(Block block) {
        long size = 0;
        try {
            for (Parameter parameter : block.getParameters().values()) {
                size += parameter.isInitialized() ? parameter.getArray().getShape().size() : 0;
            }
        } catch (UnsupportedOperationException e) {
            return OptionalLong.empty(); // DJL's block of ONNX Runtime does not tell them
        }
        return OptionalLong.of(size);
    }

    /**
     * Refuses a model that is such a module, or an ONNX model that a tree holds.
     *
     * @throws IllegalArgumentException if it is one
     */
    static void refuseRoot(Block root) {
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (isOne(node.block()) && isOnnx(node.block().getClass().getSimpleName())) {
                throw new IllegalArgumentException(
                        ("%s is %s, whose weights are in ONNX Runtime, which computes no"
                                        + " gradients. Export the original model as TorchScript and"
                                        + " load that: tools/trace/trace.py does it with a Hugging"
                                        + " Face model. A Hugging Face checkpoint of a supported"
                                        + " family can also be adapted with LoraModel.load"
                                        + " (lora-hf)")
                                .formatted(
                                        node.path().isEmpty() ? "the model" : node.path(),
                                        describe(node.block())));
            }
        }
        if (isOne(root) && !TorchModule.isOne(root)) {
            throw new IllegalArgumentException(
                    ("the model is %s, which has no blocks that an adapter could take the place"
                                    + " of; expected a tree of DJL's blocks. A Hugging Face"
                                    + " checkpoint of a supported family can be adapted with"
                                    + " LoraModel.load (lora-hf)")
                            .formatted(describe(root)));
        }
    }

    /**
     * Refuses to train a module whole if it is such a module or holds one.
     *
     * @throws IllegalArgumentException if it does
     */
    static void refuseWhole(String path, Block block) {
        for (BlockTree.Node node : BlockTree.walk(block)) {
            if (isOne(node.block())) {
                String relation = node.path().isEmpty() ? "is" : "holds " + node.path() + ",";
                throw new IllegalArgumentException(
                        ("%s %s %s: its forward pass takes the weights from the script, so an"
                                        + " adapter's copies of them would train and never be"
                                        + " used. Leave it out of the modules to save. To train"
                                        + " the script itself, load it with the option"
                                        + " trainParam=true, unfreeze it after Lora.inject, and"
                                        + " save the whole model: an adapter directory cannot hold"
                                        + " it")
                                .formatted(path, relation, describe(node.block())));
            }
        }
    }

    /** Records such modules of a tree, and warns that the adapter does not reach them. */
    static void note(List<BlockTree.Node> tree, AdapterCoverage coverage) {
        for (BlockTree.Node node : tree) {
            if (isOne(node.block()) && !coverage.closed().containsKey(node.path())) {
                String what = describe(node.block());
                coverage.close(node.path(), what);
                logger.warn(
                        "{} is {}: its layers cannot be adapted and stay frozen; the adapter trains"
                                + " layers around it alone",
                        node.path(),
                        what);
            }
        }
    }
}
