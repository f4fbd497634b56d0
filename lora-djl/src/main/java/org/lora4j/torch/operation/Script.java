/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.operation;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.engine.TorchEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A resource file of TorchScript operations, which Java calls by their names in the file.
 *
 * <p>A Tensor is passed as an NDArray, a List[Tensor] as a list of NDArrays, an int as an int or
 * long, a float as a double, a bool as a boolean, a List[int] as a long[], a List[float] as a
 * double[], and None as null. A result belongs to the manager of the first array among the
 * arguments. Where a name or an argument does not fit the file, libtorch says so in an {@link
 * EngineException}.
 *
 * <p>libtorch compiles the file at the first call. Definitions whose needs the engine lacks are
 * left out, one need after the other in the order of the file, until the file compiles and its
 * method {@code works} returns True. The module holds no state and lives as long as the engine; any
 * number of threads may call it.
 */
public final class Script {
    public static final Script DENSE = new Script("dense.py");
    public static final Script ATTENTION = new Script("attention.py");
    public static final Script ROWS = new Script("rows.py");
    public static final Script LOSSES = new Script("losses.py");
    public static final Script AUTOGRAD = new Script("autograd.py");
    public static final Script OPTIMIZERS = new Script("optimizers.py");
    public static final Script PARTS = new Script("parts.py");
    public static final Script ATTENTION_PARTS = new Script("attention_parts.py");
    public static final Script CONVOLUTION = new Script("convolution.py");
    public static final Script PACKED = new Script("packed.py");
    public static final Script DISENTANGLED = new Script("disentangled.py");
    public static final Script EMBEDDINGS = new Script("embeddings.py");

    private static final Logger logger = LoggerFactory.getLogger(Script.class);

    private final ScriptSource source;
    private final List<String> needs;
    private volatile @Nullable Module module;

    private Script(String file) {
        this(ScriptSource.read(file));
    }

    Script(ScriptSource source) {
        this(source, source.needs());
    }

    /** Takes a text of whose needs the engine may have only some. */
    Script(ScriptSource source, List<String> needs) {
        this.source = source;
        this.needs = needs;
    }

    /** Calls an operation that returns a Tensor. */
    public NDArray array(String operation, @Nullable Object... arguments) {
        return (NDArray) module().run(operation, NDArray.class, arguments);
    }

    /** Calls an operation that returns a List[Tensor]. */
    public NDList list(String operation, @Nullable Object... arguments) {
        return (NDList) module().run(operation, NDList.class, arguments);
    }

    /** Calls an operation that changes its first argument in place; no gradient is recorded. */
    public void change(String operation, Object... arguments) {
        boolean gradients = JniUtils.isGradMode();
        JniUtils.setGradMode(false);
        try {
            array(operation, arguments).close();
        } finally {
            JniUtils.setGradMode(gradients);
        }
    }

    /** Calls an operation that returns an int. */
    public long integer(String operation, @Nullable Object... arguments) {
        return (long) module().run(operation, long.class, arguments);
    }

    private Module module() {
        TorchEngine.get();
        Module loaded = module;
        if (loaded == null) {
            synchronized (this) {
                loaded = module;
                if (loaded == null) {
                    loaded = load();
                    module = loaded;
                }
            }
        }
        return loaded;
    }

    private Module load() {
        for (int left = 0; left < needs.size(); left++) {
            List<String> there = needs.subList(left, needs.size());
            try {
                Module loaded = compile(there);
                if (!source.defines("works")
                        || Boolean.TRUE.equals(loaded.run("works", boolean.class))) {
                    return loaded;
                }
            } catch (EngineException e) {
                logger.debug("the engine lacks {}: {}", there, e.getMessage());
            }
        }
        return compile(List.of());
    }

    private Module compile(List<String> there) {
        NDManager manager = TorchEngine.get().newBaseManager(Device.cpu());
        manager.setName("lora4j-operations");
        byte[] archive = ScriptArchive.of(source.file(), source.className(), source.with(there));
        try {
            PtSymbolBlock block =
                    JniUtils.loadModule(
                            (PtNDManager) manager, new ByteArrayInputStream(archive), false, false);
            return new Module(block, ModuleCall.none(block));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What DJL itself would set on this thread: its property, else libtorch's default, on. */
    public static boolean usersExecutorChoice() {
        String property = System.getProperty("ai.djl.pytorch.graph_optimizer");
        return property == null || Boolean.parseBoolean(property);
    }

    /**
     * A compiled file.
     *
     * @param none Python's None
     */
    private record Module(PtSymbolBlock block, IValue none) {
        Object run(String method, Class<?> result, @Nullable Object... arguments) {
            // The profiling executor specialises during the first calls, which takes seconds.
            JniUtils.setGraphExecutorOptimize(false);
            try {
                return ModuleCall.run(block, method, result, none, arguments);
            } finally {
                JniUtils.setGraphExecutorOptimize(usersExecutorChoice());
            }
        }
    }
}
