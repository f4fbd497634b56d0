/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loaded archive of {@link Operations} and the way to call it.
 *
 * <p>The module holds no state, so any number of threads may call it. It is loaded once per class
 * loader and lives as long as the engine.
 */
final class OperationKit {
    private static final Logger logger = LoggerFactory.getLogger(OperationKit.class);

    /**
     * The constants of a model are few; beyond this many, a number lives as long as its caller's.
     */
    private static final int KEPT_NUMBERS = 1024;

    private final NDManager manager;
    private final PtSymbolBlock module;
    private final Map<Double, NDArray> numbers = new ConcurrentHashMap<>();
    private final Map<List<Long>, NDArray> integers = new ConcurrentHashMap<>();

    OperationKit(RowProducts rows) {
        manager = TorchEngine.get().newBaseManager(Device.cpu());
        manager.setName("lora4j-operations");
        InputStream archive = new ByteArrayInputStream(ScriptArchive.of(Operations.source(rows)));
        try {
            module = JniUtils.loadModule((PtNDManager) manager, archive, false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static OperationKit get() {
        TorchEngine
                .get(); // not in the holder, whose failure would hide the reason from later calls
        return Holder.KIT;
    }

    /** Loads the archive with the fastest products of rows that this machine runs. */
    private static OperationKit load() {
        for (RowProducts rows : List.of(RowProducts.ONE_DNN, RowProducts.ONE_DNN_FLOAT32)) {
            try {
                OperationKit kit = new OperationKit(rows);
                if (kit.multipliesRows()) {
                    return kit;
                }
            } catch (EngineException e) {
                logger.debug("{} is not to be had: {}", rows, e.getMessage());
            }
        }
        return new OperationKit(RowProducts.PLAIN);
    }

    /** Whether a row of ones times a matrix of ones is right in each dtype. */
    private boolean multipliesRows() {
        int width = 64;
        try (NDManager scope = manager.newSubManager()) {
            NDArray x = scope.ones(new Shape(1, width));
            float[] y = call("row_probe", x, scope.ones(new Shape(width, width))).toFloatArray();
            return IntStream.range(0, y.length).allMatch(i -> y[i] == width);
        }
    }

    /** Calls a method; the result belongs to the manager of the first argument. */
    NDArray call(String method, NDArray... arguments) {
        try (ModuleCall call = new ModuleCall()) {
            for (NDArray argument : arguments) {
                call.add(argument);
            }
            return run(call, method, arguments[0].getManager()).singletonOrThrow();
        }
    }

    /**
     * Calls a method whose first parameters, or those after the first, are lists of tensors.
     *
     * @param first a parameter before the lists, or null
     * @param lists the lists
     * @param rest the parameters after the lists
     * @return the results, which belong to the manager of the first array
     */
    NDList callWithLists(
            String method, @Nullable NDArray first, List<NDList> lists, NDArray... rest) {
        try (ModuleCall call = new ModuleCall()) {
            if (first != null) {
                call.add(first);
            }
            lists.forEach(call::add);
            for (NDArray array : rest) {
                call.add(array);
            }
            NDArray owner = first != null ? first : lists.get(0).head();
            return run(call, method, owner.getManager());
        }
    }

    /**
     * Returns a 0-dimensional float64 CPU tensor for a number.
     *
     * @param owner who owns the tensor when too many distinct numbers were asked for to keep it
     */
    NDArray number(NDManager owner, double value) {
        NDArray kept = numbers.get(value);
        if (kept != null) {
            return kept;
        }
        return numbers.size() < KEPT_NUMBERS
                ? numbers.computeIfAbsent(value, manager::create)
                : passingNumber(owner, value);
    }

    /**
     * Returns a 1-dimensional int64 CPU tensor, such as a shape.
     *
     * @param owner who owns the tensor when too many were asked for to keep it
     */
    NDArray integers(NDManager owner, long... values) {
        List<Long> key = Arrays.stream(values).boxed().toList();
        NDArray kept = integers.get(key);
        if (kept != null) {
            return kept;
        }
        if (integers.size() < KEPT_NUMBERS) {
            return integers.computeIfAbsent(key, ignored -> manager.create(values));
        }
        NDArray array = manager.create(values);
        array.attach(owner);
        return array;
    }

    /** Returns a number that changes from call to call, such as a learning rate. */
    NDArray passingNumber(NDManager owner, double value) {
        NDArray array = manager.create(value);
        array.attach(owner);
        return array;
    }

    private NDList run(ModuleCall call, String method, NDManager owner) {
        // The profiling executor specialises during the first calls, which takes seconds.
        JniUtils.setGraphExecutorOptimize(false);
        try {
            return call.run(module, method, owner);
        } finally {
            JniUtils.setGraphExecutorOptimize(usersExecutorChoice());
        }
    }

    /** What DJL itself would set on this thread: its property, else libtorch's default, on. */
    private static boolean usersExecutorChoice() {
        String property = System.getProperty("ai.djl.pytorch.graph_optimizer");
        return property == null || Boolean.parseBoolean(property);
    }

    private static final class Holder {
        static final OperationKit KIT = load();
    }
}
