/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.engine.TorchEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operations written in TorchScript, behind a Java interface that has a method for each of those
 * that Java calls.
 *
 * <p>Java's NDArray is a Tensor, or where it is nullable an Optional[Tensor]; a list of NDArrays is
 * a List[Tensor], a long an int, a double a float, a long[] a List[int]. A result belongs to the
 * manager of the first array among the arguments.
 *
 * <p>Binding compares the interface with the file. libtorch compiles the file at the first call;
 * where what the file's definitions need is absent, it is left out, one need after the other in the
 * order of the file, until the file compiles and its method {@code works} returns True. The module
 * holds no state, so any number of threads may call it, and lives as long as the engine.
 */
final class Script implements InvocationHandler {
    private static final Logger logger = LoggerFactory.getLogger(Script.class);

    private final ScriptSource source;
    private final List<String> needs;
    private final Map<Method, String> names;
    private volatile @Nullable Module module;

    private Script(ScriptSource source, List<String> needs, Map<Method, String> names) {
        this.source = source;
        this.needs = needs;
        this.names = names;
    }

    /**
     * Binds an interface to a resource file of this package.
     *
     * @throws IllegalStateException if the file does not define the methods with these types
     */
    static <T> T bind(String file, Class<T> type) {
        ScriptSource source = ScriptSource.read(file);
        return bind(source, source.needs(), type);
    }

    /** Binds an interface to a text, of whose needs some may be fulfilled. */
    static <T> T bind(ScriptSource source, List<String> needs, Class<T> type) {
        Script script = new Script(source, needs, source.methodsOf(type));
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, script));
    }

    @Override
    public @Nullable Object invoke(
            Object proxy, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
        String name = names.get(method);
        if (name == null || arguments == null) {
            return method.invoke(this, arguments); // of Object
        }
        return module().run(name, method.getReturnType(), arguments);
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
                logger.debug("{} is not to be had: {}", there, e.getMessage());
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
    private static boolean usersExecutorChoice() {
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
