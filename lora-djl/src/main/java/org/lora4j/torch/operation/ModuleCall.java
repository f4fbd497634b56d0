/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.operation;

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
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Calls TorchScript methods, and frees the native arguments whether the call succeeds or not.
 *
 * <p>DJL's own call, IValueUtils.forward, does not free them when libtorch throws, so the memory of
 * every argument of a failed call stays allocated until the process ends. DJL has no public call
 * that records gradients and takes arguments of the caller's, so its native method is called by
 * reflection. It is the same in DJL 0.29.0 to 0.36.0.
 */
final class ModuleCall {
    private static final boolean CUDA_STREAM =
            Boolean.getBoolean("ai.djl.pytorch.enable_cuda_stream");

    private ModuleCall() {}

    /** Returns Python's None, which the archive's method of that name makes. */
    static IValue none(PtSymbolBlock module) {
        return invoke(module.getHandle(), "none", new long[0]);
    }

    /**
     * Runs a method; gradients are recorded where the thread's {@link GradMode} is on.
     *
     * @param type the type of the result: NDArray, NDList, long or boolean; arrays belong to the
     *     manager of the first array among the arguments
     * @param none the value to pass for null
     * @param arguments arrays, lists of arrays, numbers, flags, arrays of integers or floating
     *     point numbers, or null
     * @throws IllegalStateException if that manager is closed
     * @throws ai.djl.engine.EngineException with libtorch's message if the method fails
     */
    static Object run(
            PtSymbolBlock module,
            String method,
            Class<?> type,
            IValue none,
            @Nullable Object... arguments) {
        NDManager owner = owner(arguments);
        if (owner != null && !owner.isOpen()) {
            throw new IllegalStateException(
                    "the manager of an argument of " + method + " is closed; expected it open");
        }
        IValue[] values = new IValue[arguments.length];
        try {
            long[] handles = new long[arguments.length];
            for (int i = 0; i < arguments.length; i++) {
                Object argument = arguments[i];
                values[i] = argument == null ? none : value(argument);
                handles[i] = values[i].getHandle();
            }
            try (IValue result = invoke(module.getHandle(), method, handles)) {
                return result(result, type, owner);
            }
        } finally {
            for (IValue value : values) {
                if (value != null && value != none) {
                    value.close();
                }
            }
        }
    }

    private static @Nullable NDManager owner(@Nullable Object... arguments) {
        for (Object argument : arguments) {
            if (argument instanceof NDArray array) {
                return array.getManager();
            }
            if (argument instanceof List<?> list && !list.isEmpty()) {
                return ((NDArray) list.get(0)).getManager();
            }
        }
        return null;
    }

    private static IValue value(Object argument) {
        if (argument instanceof PtNDArray array) {
            return IValue.from(array);
        } else if (argument instanceof List<?> list) {
            return IValue.listFrom(list.toArray(PtNDArray[]::new));
        } else if (argument instanceof Double number) {
            return IValue.from(number);
        } else if (argument instanceof Long number) {
            return IValue.from(number);
        } else if (argument instanceof Integer number) {
            return IValue.from(number.longValue());
        } else if (argument instanceof Boolean flag) {
            return IValue.from(flag);
        } else if (argument instanceof long[] numbers) {
            return IValue.listFrom(numbers);
        } else if (argument instanceof double[] numbers) {
            return IValue.listFrom(numbers);
        }
        throw new IllegalArgumentException(
                argument.getClass() + " is none of the types of a script's arguments");
    }

    private static Object result(IValue result, Class<?> type, @Nullable NDManager owner) {
        if (type == long.class) {
            return result.toLong();
        }
        if (type == boolean.class) {
            return result.toBoolean();
        }
        NDList arrays = result.toNDList((PtNDManager) Objects.requireNonNull(owner));
        return type == NDList.class ? arrays : arrays.singletonOrThrow();
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
