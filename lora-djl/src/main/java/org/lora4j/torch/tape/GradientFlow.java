/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.tape;

import ai.djl.ndarray.NDArray;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Takes the gradients of an operation's inputs while its derivative is applied. */
public final class GradientFlow {
    private final SharedGradient current;

    GradientFlow(SharedGradient current) {
        this.current = current;
    }

    /**
     * Adds a gradient.
     *
     * @param value an input; nothing happens unless its gradient is needed
     * @param addend shaped as the value; it is the tape's from now on
     */
    public void add(TapeValue value, NDArray addend) {
        accumulate(value, addend);
    }

    /**
     * Adds a gradient that is the result's own, seen in another shape.
     *
     * @param value an input
     * @param view shaped as the value, of the memory of the gradient; it is the tape's from now on
     */
    public void addView(TapeValue value, NDArray view) {
        if (current.isShared() && value.isNeeded() && value.gradient() == null) {
            NDArray own = view.duplicate();
            view.close();
            accumulate(value, own);
        } else {
            accumulate(value, view);
        }
    }

    static void accumulate(TapeValue value, NDArray addend) {
        SharedGradient before = value.gradient();
        if (!value.isNeeded()) {
            addend.close();
        } else if (before == null) {
            value.setGradient(new SharedGradient(addend));
        } else {
            Objects.requireNonNull(into(value)).addi(addend);
            addend.close();
        }
    }

    /**
     * Adds the gradient of the result itself.
     *
     * @param value an input shaped as the result
     */
    public void pass(TapeValue value) {
        if (!value.isNeeded()) {
            return;
        }
        if (value.gradient() == null) {
            value.setGradient(current.share());
        } else {
            Objects.requireNonNull(into(value)).addi(current.array());
        }
    }

    /**
     * Returns the gradient so far, to be added to in place and given to {@link #set}; null if there
     * is none yet.
     */
    public static @Nullable NDArray into(TapeValue value) {
        SharedGradient before = value.gradient();
        if (before == null) {
            return null;
        }
        if (before.isShared()) {
            NDArray own = before.array().duplicate();
            before.release();
            value.setGradient(new SharedGradient(own));
            return own;
        }
        return before.array();
    }

    /**
     * Sets the gradient to a sum that contains what {@link #into} returned.
     *
     * @param value an input
     * @param sum the array that {@link #into} returned, another handle of its memory, or a new one
     */
    public static void set(TapeValue value, NDArray sum) {
        SharedGradient before = value.gradient();
        if (before == null) {
            value.setGradient(new SharedGradient(sum));
        } else {
            before.replace(sum);
        }
    }
}
