/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import java.util.Arrays;
import java.util.List;

/**
 * What a model's head gives for examples, beside the truth: N examples with C outputs and K
 * targets. Of a classifier the outputs are the logits of its labels and the target is the id of the
 * right one; where an example has any number of labels the targets are 1 for those that it has and
 * 0 for the others; of a number and of a relevance both are one number. Where tokens are labelled,
 * each labelled token is an example. Immutable.
 */
public final class HeadOutputs {
    private final int size;
    private final float[] outputs;
    private final float[] targets;

    /**
     * Takes the arrays as its own.
     *
     * @param size N
     * @param outputs [N * C]
     * @param targets [N * K]
     * @throws IllegalArgumentException if either does not have as many numbers for each example
     */
    public HeadOutputs(int size, float[] outputs, float[] targets) {
        if (size < 0
                || (size == 0
                        ? outputs.length + targets.length > 0
                        : outputs.length % size != 0 || targets.length % size != 0)) {
            throw new IllegalArgumentException(
                    "%d outputs and %d targets for %d examples; expected as many for each"
                            .formatted(outputs.length, targets.length, size));
        }
        this.size = size;
        this.outputs = outputs;
        this.targets = targets;
    }

    /** Puts the examples of batches one after another. */
    static HeadOutputs joined(List<HeadOutputs> parts) {
        int size = parts.stream().mapToInt(HeadOutputs::size).sum();
        float[] outputs = new float[parts.stream().mapToInt(part -> part.outputs.length).sum()];
        float[] targets = new float[parts.stream().mapToInt(part -> part.targets.length).sum()];
        int atOutput = 0;
        int atTarget = 0;
        for (HeadOutputs part : parts) {
            System.arraycopy(part.outputs, 0, outputs, atOutput, part.outputs.length);
            System.arraycopy(part.targets, 0, targets, atTarget, part.targets.length);
            atOutput += part.outputs.length;
            atTarget += part.targets.length;
        }
        return new HeadOutputs(size, outputs, targets);
    }

    /** Returns N. */
    public int size() {
        return size;
    }

    /** Returns the outputs of an example [C]. */
    public float[] outputs(int example) {
        return of(outputs, example);
    }

    /** Returns the targets of an example [K]. */
    public float[] targets(int example) {
        return of(targets, example);
    }

    private float[] of(float[] all, int example) {
        if (example < 0 || example >= size) {
            throw new IndexOutOfBoundsException(
                    "example " + example + " of " + size + "; expected one from 0");
        }
        int each = all.length / size;
        return Arrays.copyOfRange(all, example * each, (example + 1) * each);
    }

    /** Returns the target of an example that has one: the id of its label, or its number. */
    public float target(int example) {
        float[] own = targets(example);
        if (own.length != 1) {
            throw new IllegalStateException(
                    own.length + " targets for each example; expected one, or targets(example)");
        }
        return own[0];
    }
}
