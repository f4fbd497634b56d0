/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.operation.Script;

/**
 * Gradients as values: torch.autograd.grad.
 *
 * <p>Nothing is accumulated in the arrays themselves and DJL's GradientCollector, of which there is
 * one in a JVM, is not used: any number of threads may differentiate at once. The arrays that are
 * differentiated for belong to the calling thread during a call. Each gradient has memory of its
 * own, even where autograd itself returns one tensor for several arrays, so it may be changed in
 * place.
 */
public final class Autograd {
    private Autograd() {}

    /**
     * Returns ∂loss/∂x for each x and frees the graph.
     *
     * @param loss a scalar recorded under {@link GradMode#on()}
     * @param xs arrays that require gradients
     * @return gradients shaped as xs, zero where the loss does not depend on x; they belong to the
     *     manager of the loss
     * @throws ai.djl.engine.EngineException if the loss records no gradient
     */
    public static NDList gradients(NDArray loss, List<NDArray> xs) {
        if (xs.isEmpty()) {
            throw new IllegalArgumentException("no arrays to differentiate for; expected some");
        }
        return Script.AUTOGRAD.list("gradients", loss, xs);
    }

    /**
     * Carries a gradient back: Σ ∂y/∂x · dy for each x; frees the graph.
     *
     * @param y any array recorded under {@link GradMode#on()}
     * @param dy the gradient with respect to y, shaped and typed as y
     * @param xs arrays that require gradients
     * @return gradients shaped as xs, zero where y does not depend on x; they belong to the manager
     *     of y
     */
    public static NDList pullback(NDArray y, NDArray dy, List<NDArray> xs) {
        return Script.AUTOGRAD.list("pullback", y, dy, xs);
    }

    /**
     * Returns a scalar with a given value and given gradients: value(total) and ∂/∂xᵢ = gᵢ.
     *
     * @param total the value, a float32 scalar; not differentiated
     * @param xs what the result is differentiated for
     * @param gradients g, shaped as xs
     */
    public static NDArray withGradients(NDArray total, NDList xs, NDList gradients) {
        return Script.AUTOGRAD.array("with_gradients", total, xs, gradients);
    }

    /**
     * Returns whether gradients can be carried back from an array: torch's requires_grad, which
     * DJL's own method tells for leaves only.
     *
     * @param x any array
     */
    public static boolean isRecorded(NDArray x) {
        return Script.AUTOGRAD.integer("records", x) != 0;
    }

    /**
     * Returns another handle of an array, with its gradient's graph.
     *
     * @param x any array
     * @return x itself to libtorch, of x's manager
     */
    public static NDArray handle(NDArray x) {
        return Script.AUTOGRAD.array("handle", x);
    }

    /** Adds each of xs to its counterpart, in place. */
    public static void addInto(NDList into, NDList xs) {
        Script.AUTOGRAD.change("add_into", into, xs);
    }

    /** Multiplies each of xs by a number, in place. */
    public static void scale(NDList xs, double factor) {
        Script.AUTOGRAD.change("scale", xs, factor);
    }

    /**
     * Returns the Euclidean norm of all elements of xs together, a float32 scalar.
     *
     * @param xs one array at least
     */
    public static NDArray norm(NDList xs) {
        return Script.AUTOGRAD.array("norm", xs);
    }

    /**
     * Scales xs in place so that their norm is at most a bound, as torch.nn.utils.clip_grad_norm_:
     * by min(1, bound / (norm + 1e-6)).
     *
     * @param xs one array at least
     * @param bound the largest norm, above 0
     * @return the norm before, a float32 scalar
     */
    public static NDArray clip(NDList xs, double bound) {
        try (GradMode off = GradMode.off()) {
            return Script.AUTOGRAD.array("clip", xs, bound);
        }
    }

    /**
     * As {@link #pullback} of several arrays at once, with null in place of zeros.
     *
     * @param ys arrays; those that record no gradient depend on none
     * @param dys the gradient with respect to each
     * @param xs arrays that require gradients
     * @return the gradient of each x, null where no y was computed from it
     */
    public static List<@Nullable NDArray> pullbackFound(NDList ys, NDList dys, List<NDArray> xs) {
        NDList found = Script.AUTOGRAD.list("pullback_found", ys, dys, xs);
        List<@Nullable NDArray> all = new ArrayList<>();
        try (NDArray flags = found.remove(found.size() - 1)) {
            int next = 0;
            for (float depends : flags.toFloatArray()) {
                all.add(depends == 0 ? null : found.get(next++));
            }
        }
        return all;
    }

    /** Returns whether an array was not computed by recorded operations. */
    public static boolean isLeaf(NDArray x) {
        return Script.AUTOGRAD.integer("is_leaf", x) != 0;
    }

    /** Returns how often an array's memory was written. */
    public static long version(NDArray x) {
        return Script.AUTOGRAD.integer("version", x);
    }
}
