/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.torch.operation.Script;

/**
 * A TorchScript module that was loaded from a file, in evaluation mode at first, and whose
 * parameters may train.
 *
 * <p>Any number of threads may run it in one mode; changing the mode is for a time when none does.
 */
public final class TorchModule implements AutoCloseable {
    private static final int BUFFER = 1 << 20;

    private final NDManager manager;
    private final PtSymbolBlock block;

    private TorchModule(NDManager manager, PtSymbolBlock block) {
        this.manager = manager;
        this.block = block;
    }

    /**
     * Returns whether a block is a TorchScript module.
     *
     * @param block a block
     */
    public static boolean isOne(Block block) {
        return block instanceof PtSymbolBlock;
    }

    /**
     * Writes the module that a block is, as torch.jit.save does.
     *
     * @param block a block that is a TorchScript module
     * @param file the file, created or replaced
     * @throws IOException if it cannot be written
     */
    public static void write(Block block, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            write(block, out);
        }
    }

    /**
     * As {@link #write(Block, Path)}.
     *
     * @param block a block that is a TorchScript module
     * @param out where to; the caller closes it
     * @throws IOException if it cannot be written
     */
    public static void write(Block block, OutputStream out) throws IOException {
        OutputStream buffered = new BufferedOutputStream(out, BUFFER);
        JniUtils.writeModule((PtSymbolBlock) block, buffered, false);
        buffered.flush();
    }

    /**
     * Loads a module.
     *
     * @param file the archive
     * @param parent the manager that closes it at last, on whose device it runs
     * @throws ai.djl.engine.EngineException with libtorch's message if it is not valid
     */
    public static TorchModule load(Path file, NDManager parent) {
        NDManager manager = parent.newSubManager();
        try {
            TorchModule module = new TorchModule(manager, loadBlock(file, manager));
            module.setTraining(false);
            return module;
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /**
     * Loads a module as a block.
     *
     * @param file the archive
     * @param manager the manager that closes it at last, on whose device it runs
     * @throws ai.djl.engine.EngineException with libtorch's message if it is not valid
     */
    public static Block loadAsBlock(Path file, NDManager manager) {
        return loadBlock(file, manager);
    }

    private static PtSymbolBlock loadBlock(Path file, NDManager manager) {
        return JniUtils.loadModule(
                (PtNDManager) manager,
                file.toAbsolutePath(),
                true,
                new String[0],
                new String[0],
                true);
    }

    /** Returns the manager of the block that a module is. */
    public static NDManager managerOf(Block block) {
        try {
            return (NDManager) BlockManager.GETTER.invokeExact((PtSymbolBlock) block);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** DJL keeps the manager of such a block to itself. */
    private static final class BlockManager {
        static final MethodHandle GETTER;

        static {
            try {
                GETTER =
                        MethodHandles.privateLookupIn(PtSymbolBlock.class, MethodHandles.lookup())
                                .findGetter(PtSymbolBlock.class, "manager", PtNDManager.class)
                                .asType(
                                        MethodType.methodType(
                                                NDManager.class, PtSymbolBlock.class));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(
                        "the manager of a TorchScript block cannot be reached; expected"
                                + " ai.djl.pytorch:pytorch-engine 0.29.0 to 0.36.0, found one that"
                                + " differs or is not open to reflection",
                        e);
            }
        }
    }

    /** Frees the module that a block is. */
    public static void close(Block block) {
        ((PtSymbolBlock) block).close();
    }

    /** Returns the parameters and buffers by their paths; the arrays live as long as the module. */
    public Map<String, NDArray> parameters() {
        Map<String, NDArray> found = new LinkedHashMap<>();
        for (NDArray array : JniUtils.moduleGetParams(block, (PtNDManager) manager)) {
            found.put(array.getName(), array);
        }
        return found;
    }

    /**
     * Lets an array of a module read another's memory from now on; its own is freed.
     *
     * @param array an array of a module
     * @param memory an array of the same shape and dtype on the same device
     */
    public static void share(NDArray array, NDArray memory) {
        Script.DENSE.change("share", array, memory);
    }

    /**
     * Sets whether the module trains: its dropout then drops.
     *
     * @param training whether it trains
     */
    public void setTraining(boolean training) {
        if (training) {
            JniUtils.enableTrainingMode(block);
        } else {
            JniUtils.enableInferenceMode(block);
        }
    }

    /**
     * Runs the module. Gradients are recorded where they are asked for and the thread's {@link
     * GradMode} is on.
     *
     * @param inputs named as DJL's blocks of TorchScript take them
     * @param gradients whether they are asked for; otherwise libtorch records nothing
     * @return the outputs; of the first input's manager
     * @throws ai.djl.engine.EngineException with libtorch's message if the module fails
     */
    public NDList forward(NDList inputs, boolean gradients) {
        return run(block, inputs, gradients);
    }

    /**
     * Runs the module that a block is, without gradients, as {@link #forward} runs one.
     *
     * @param block a block that is a TorchScript module
     * @param inputs named as DJL's blocks of TorchScript take them
     * @return the outputs; of the first input's manager
     */
    public static NDList evaluate(Block block, NDList inputs) {
        return run((PtSymbolBlock) block, inputs, false);
    }

    private static NDList run(PtSymbolBlock block, NDList inputs, boolean gradients) {
        // The profiling executor specialises on what it sees first, gradients or none.
        JniUtils.setGraphExecutorOptimize(false);
        try {
            return IValueUtils.forward(block, inputs, gradients);
        } finally {
            JniUtils.setGraphExecutorOptimize(Script.usersExecutorChoice());
        }
    }

    /** Frees the module. */
    @Override
    public void close() {
        block.close();
        manager.close();
    }
}
