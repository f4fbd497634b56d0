/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.tape;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Records the operations of one forward pass that have derivatives written by hand, and carries
 * gradients back through them.
 *
 * <p>Between {@link #record} and the end of that scope, operations on the current thread find the
 * tape by {@link #current} and record themselves; autograd is off. An array that reaches an
 * operation and is neither an {@linkplain #declare input}, a weight nor a recorded result ends the
 * pass with an {@link UnrecordedException}, so that no gradient is lost silently.
 *
 * <p>What derivatives read is kept until {@link #backward} has passed it. Not thread-safe.
 */
public final class GradientTape implements AutoCloseable {
    private static final ThreadLocal<@Nullable GradientTape> CURRENT = new ThreadLocal<>();

    private final NDManager manager;
    private final IdentityHashMap<NDArray, TapeValue> values = new IdentityHashMap<>();
    private final IdentityHashMap<NDArray, TapeValue> weights = new IdentityHashMap<>();
    private final List<Operation> operations = new ArrayList<>();
    private final @Nullable Watch watch;
    private final IdentityHashMap<TapeValue, Long> versions = new IdentityHashMap<>();

    /** Operations are recorded until it is closed, on the thread that opened it. */
    public interface Recording extends AutoCloseable {
        @Override
        void close();
    }

    /** Looks at arrays while autograd records. */
    public interface Watch {
        /** Returns whether recorded operations have computed an array. */
        boolean isComputed(NDArray array);

        /** Returns how often an array's memory was written. */
        long version(NDArray array);
    }

    private long keptBytes;

    private record Operation(TapeValue result, Derivative derivative) {}

    /**
     * Creates an empty tape.
     *
     * @param owner the manager below which the tape keeps arrays
     */
    public GradientTape(NDManager owner) {
        this(owner, null);
    }

    private GradientTape(NDManager owner, @Nullable Watch watch) {
        manager = owner.newSubManager();
        this.watch = watch;
    }

    /**
     * Creates a tape beside which autograd records as well, to find what a tape alone would not
     * see: weights and masks that are computed from what is trained or from activations, and values
     * that are written in place. Such a pass ends with an {@link UnrecordedException}. It is for
     * one pass forwards; no gradients are carried back.
     *
     * @param owner the manager below which the tape keeps arrays
     * @param watch looks at arrays
     */
    public static GradientTape watching(NDManager owner, Watch watch) {
        return new GradientTape(owner, watch);
    }

    /** Returns whether autograd records as well. */
    public boolean isWatching() {
        return watch != null;
    }

    /**
     * Ends the forward pass of a watching tape.
     *
     * @throws UnrecordedException if what derivatives read has changed since it was recorded
     */
    public void checkKept() {
        versions.forEach(
                (value, version) -> {
                    NDArray kept = value.kept();
                    if (kept != null) {
                        checkVersion(value, kept);
                    }
                });
    }

    /** Whether a gradient goes through a weight or mask to what it was computed from. */
    private boolean isComputed(NDArray array) {
        return watch != null && watch.isComputed(array);
    }

    private void watch(TapeValue value, NDArray array) {
        if (watch != null) {
            versions.put(value, watch.version(array));
        }
    }

    private void checkVersion(TapeValue value, NDArray array) {
        Long version = versions.get(value);
        if (watch != null && version != null && watch.version(array) != version) {
            throw new UnrecordedException("an array was written in place after it was recorded");
        }
    }

    /** Returns the tape that records on this thread, or null. */
    public static @Nullable GradientTape current() {
        return CURRENT.get();
    }

    /** Begins to record on the current thread. */
    public Recording record() {
        GradientTape outer = CURRENT.get();
        boolean gradients = JniUtils.isGradMode();
        CURRENT.set(this);
        JniUtils.setGradMode(watch != null);
        return () -> {
            JniUtils.setGradMode(gradients);
            CURRENT.set(outer);
            values.values().forEach(TapeValue::forget);
        };
    }

    /**
     * Makes an array known as an input of the pass.
     *
     * @param array the input
     * @param needed whether its gradient is wanted
     */
    public TapeValue declare(NDArray array, boolean needed) {
        TapeValue value = new TapeValue(array, needed, false);
        values.put(array, value);
        watch(value, array);
        return value;
    }

    /**
     * Returns the value of an activation.
     *
     * @param array an input or a recorded result
     * @throws UnrecordedException if the tape does not know it
     */
    public TapeValue value(NDArray array) {
        TapeValue value = values.get(array);
        if (value == null) {
            throw new UnrecordedException(
                    "an array of shape "
                            + array.getShape()
                            + " was made by an operation without"
                            + " a recorded derivative");
        }
        checkVersion(value, array);
        return value;
    }

    /**
     * Returns the value of a weight: its gradient is needed where it asks for gradients.
     *
     * @param array a weight, or a view of one, which may be closed before the backward pass
     */
    public TapeValue weight(NDArray array) {
        TapeValue value = weights.get(array);
        if (value == null) {
            TapeValue known = values.get(array);
            if (known != null && known.isNeeded()) {
                throw new UnrecordedException("a weight was computed from what is trained");
            }
            boolean needed = array.hasGradient();
            if (isComputed(array)) {
                throw new UnrecordedException("a weight was computed from what is trained");
            }
            value = new TapeValue(array, needed, needed);
            NDArray kept = value.keep();
            if (kept != null) {
                kept.attach(manager);
            }
            weights.put(array, value);
        }
        return value;
    }

    /**
     * Returns the value of an array that a derivative reads and that has no gradient, such as a
     * mask, which may be closed before the backward pass.
     */
    public TapeValue constant(NDArray array) {
        TapeValue known = values.get(array);
        if ((known != null && known.isNeeded()) || array.hasGradient() || isComputed(array)) {
            throw new UnrecordedException("the gradient of a constant is wanted");
        }
        return keep(new TapeValue(array, false, false));
    }

    /**
     * Records an operation.
     *
     * @param result the array that it made
     * @param derivative carries its gradient back; not needed where no input's gradient is
     * @return the result's value
     */
    public TapeValue result(NDArray result, @Nullable Derivative derivative) {
        TapeValue value = new TapeValue(result, derivative != null, false);
        values.put(result, value);
        watch(value, result);
        if (derivative != null) {
            operations.add(new Operation(value, derivative));
        }
        return value;
    }

    /**
     * Records the result of an operation none of whose inputs' gradients is needed.
     *
     * @param result the array that the operation made
     * @param inputs the operation's inputs
     * @return whether that is so; otherwise nothing is recorded yet
     */
    public boolean isConstant(NDArray result, TapeValue... inputs) {
        for (TapeValue input : inputs) {
            if (input.isNeeded()) {
                return false;
            }
        }
        result(result, null);
        return true;
    }

    /** Keeps a value's numbers for a derivative, in the tape's own memory. */
    public TapeValue keep(TapeValue value) {
        NDArray kept = value.keep();
        if (kept != null) {
            own(kept);
        }
        return value;
    }

    /**
     * Takes over an array that an operation made for its derivative alone.
     *
     * @return the array
     */
    public NDArray own(NDArray array) {
        array.attach(manager);
        keptBytes += array.size() * width(array.getDataType());
        return array;
    }

    private static int width(DataType type) {
        return type == DataType.UNKNOWN ? Short.BYTES : type.getNumOfBytes(); // bfloat16
    }

    /** Returns the memory of what derivatives will read, without the weights. */
    public long keptBytes() {
        return keptBytes;
    }

    /**
     * Carries gradients back through all operations, the last first, and frees what they kept.
     *
     * @param results recorded results
     * @param gradients of each, shaped as it; the tape takes them over
     */
    public void backward(List<TapeValue> results, List<NDArray> gradients) {
        for (int i = 0; i < results.size(); i++) {
            gradients.get(i).attach(manager);
            GradientFlow.accumulate(results.get(i), gradients.get(i));
        }
        for (int i = operations.size() - 1; i >= 0; i--) {
            Operation operation = operations.remove(i);
            SharedGradient gradient = operation.result().gradient();
            if (gradient != null) {
                operation.derivative().apply(gradient.array(), new GradientFlow(gradient));
            }
            operation.result().release();
        }
    }

    /**
     * Returns the gradient of an input, which the caller takes over, or null if nothing depends on
     * it.
     */
    public @Nullable NDArray take(TapeValue input) {
        SharedGradient gradient = input.gradient();
        if (gradient == null) {
            return null;
        }
        NDArray array = gradient.isShared() ? gradient.array().duplicate() : gradient.array();
        if (!gradient.isShared()) {
            input.setGradient(null);
        }
        return array;
    }

    /** Visits the gradients of the trained weights, which the visitor takes over. */
    public void forEachTrained(BiConsumer<NDArray, NDArray> visitor) {
        weights.forEach(
                (array, value) -> {
                    NDArray gradient = value.isNeeded() ? take(value) : null;
                    if (gradient != null) {
                        visitor.accept(array, gradient);
                    }
                });
    }

    /** Frees all that is kept. */
    @Override
    public void close() {
        manager.close();
        values.clear();
        versions.clear();
        weights.clear();
        operations.clear();
    }
}
