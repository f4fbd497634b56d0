/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;

/**
 * One call of a TorchScript method: the arguments are handed to libtorch and taken back whether the
 * call succeeds or not.
 *
 * <p>DJL's own call, IValueUtils.forward, does not take them back when libtorch throws, so the
 * memory of every argument of a failed call stays allocated until the process ends. DJL has no
 * public call that records gradients and takes arguments of the caller's, so its native method is
 * called by reflection. It is the same in DJL 0.29.0 to 0.36.0.
 */
final class ModuleCall implements AutoCloseable {
    private static final boolean CUDA_STREAM =
            Boolean.getBoolean("ai.djl.pytorch.enable_cuda_stream");

    private final List<IValue> arguments = new ArrayList<>();

    /** Adds a tensor. */
    void add(NDArray array) {
        arguments.add(IValue.from((PtNDArray) array));
    }

    /** Adds a list of tensors. */
    void add(List<NDArray> arrays) {
        arguments.add(
                IValue.listFrom(
                        arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new)));
    }

    /**
     * Runs the method; gradients are recorded where the thread's {@link GradMode} is on.
     *
     * @param owner who owns the results
     * @throws IllegalStateException if the owner is closed
     * @throws ai.djl.engine.EngineException with libtorch's message if the method fails
     */
    NDList run(PtSymbolBlock module, String method, NDManager owner) {
        if (!owner.isOpen()) {
            throw new IllegalStateException(
                    "the manager of an argument of " + method + " is closed; expected it open");
        }
        long[] handles = arguments.stream().mapToLong(IValue::getHandle).toArray();
        try (IValue result = invoke(module.getHandle(), method, handles)) {
            return result.toNDList((PtNDManager) owner);
        }
    }

    private static IValue invoke(long module, String method, long[] handles) {
        try {
            long result = (long) Native.RUN.invokeExact(module, method, handles, true, CUDA_STREAM);
            return (IValue) Native.RESULT.invokeExact(result);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        arguments.forEach(IValue::close);
    }

    private static final class Native {
        static final MethodHandle RUN;
        static final MethodHandle RESULT;

        static {
            try {
                MethodHandles.Lookup lookup =
                        MethodHandles.privateLookupIn(IValue.class, MethodHandles.lookup());
                Class<?> library = lookup.findClass("ai.djl.pytorch.jni.PyTorchLibrary");
                MethodType type =
                        MethodType.methodType(
                                long.class,
                                long.class,
                                String.class,
                                long[].class,
                                boolean.class,
                                boolean.class);
                Object instance = lookup.findStaticGetter(library, "LIB", library).invoke();
                RUN = lookup.findVirtual(library, "moduleRunMethod", type).bindTo(instance);
                RESULT =
                        lookup.findConstructor(
                                IValue.class, MethodType.methodType(void.class, long.class));
            } catch (Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(
                        "DJL's native call of TorchScript methods cannot be reached; expected"
                                + " ai.djl.pytorch:pytorch-engine 0.29.0 to 0.36.0, found one that"
                                + " differs or whose package ai.djl.pytorch.jni is not open to"
                                + " reflection",
                        e);
            }
        }
    }
}
