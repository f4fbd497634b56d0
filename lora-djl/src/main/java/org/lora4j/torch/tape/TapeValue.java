/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.tape;

import ai.djl.ndarray.NDArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An array that a tape knows: an input, a weight or the result of an operation.
 *
 * <p>Its numbers stay readable for derivatives after the forward pass has closed the array, if
 * {@link #keep} was called in time.
 */
public final class TapeValue {
    private final boolean needed;
    private final boolean lasting;
    private @Nullable NDArray array;
    private @Nullable NDArray kept;
    private @Nullable Supplier<NDArray> recipe;
    private @Nullable SharedGradient gradient;

    /**
     * Creates a value.
     *
     * @param array its numbers
     * @param needed whether its gradient is wanted
     * @param lasting whether the array stays open until the backward pass
     */
    TapeValue(NDArray array, boolean needed, boolean lasting) {
        this.array = array;
        this.needed = needed;
        this.lasting = lasting;
    }

    /** Returns whether its gradient is wanted. */
    public boolean isNeeded() {
        return needed;
    }

    /**
     * Says how the value is computed again from what is kept anyway, so that its numbers need not
     * be kept.
     *
     * @param again returns the numbers in a new array
     */
    public void recomputedBy(Supplier<NDArray> again) {
        recipe = again;
    }

    /** Returns whether the numbers are computed again rather than kept. */
    public boolean isRecomputed() {
        return recipe != null;
    }

    /**
     * Makes the numbers readable in the backward pass; called while the array is open.
     *
     * @return what is kept from now on, or null if nothing is or was before
     */
    @Nullable NDArray keep() {
        if (recipe != null || lasting || kept != null || array == null) {
            return null;
        }
        kept = array.stopGradient();
        return kept;
    }

    /** Returns what is kept, or null. */
    @Nullable NDArray kept() {
        return kept;
    }

    /** Returns the numbers, for a derivative. */
    public NDArray read() {
        if (lasting && array != null) {
            return array;
        }
        if (kept == null) {
            if (recipe == null) {
                throw new IllegalStateException("a derivative reads what was not kept");
            }
            kept = recipe.get();
        }
        return kept;
    }

    /** Forgets the array of the forward pass, which its owner closes. */
    void forget() {
        if (!lasting) {
            array = null;
        }
    }

    @Nullable SharedGradient gradient() {
        return gradient;
    }

    void setGradient(@Nullable SharedGradient other) {
        gradient = other;
    }

    /** Frees the numbers and the gradient. */
    public void release() {
        if (kept != null) {
            kept.close();
            kept = null;
        }
        if (gradient != null) {
            gradient.release();
            gradient = null;
        }
    }
}
