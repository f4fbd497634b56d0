/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

/**
 * The numbers of an estimate's time. They were fitted, relative to the measured values, to 22
 * trainings that {@code bench/estimate.py} draws by the seeds 1 and 2 and runs on one thread: BERT
 * and Llama, hidden states of 128 to 512, 2 to 8 layers, 64 to 4,096 tokens in a batch, float32.
 */
final class Calibration {
    /** The speed by {@link MachineSpeed} to which the times below belong. */
    static final double GIGAFLOPS = 70;

    /** What the first steps take longer than the others. */
    static final double START_MILLIS = 500;

    /** The operations of a layer, forward and backward, whatever their size. */
    static final double LAYER_MILLIS = 6.2;

    /**
     * 10^9 operations of the layers' products forward, and those of the gradients of their inputs:
     * about twice what the forward pass takes at that speed.
     */
    static final double GIGAFLOP_MILLIS = 29.7;

    /** The same of the vocabulary projection. */
    static final double HEAD_MILLIS = 42;

    /** The attention of a MB of scores. */
    static final double SCORE_MILLIS = 6.1;

    /** What a MB of scores takes more where a layer has many: the system gives fresh pages. */
    static final double PAGED_SCORE_MILLIS = 5.3;

    /** The MB of a layer's scores from which that is so. */
    static final double PAGED_FROM = 16;

    /** What the adapters do with a MB of the inputs and outputs of their layers. */
    static final double ADAPTER_MILLIS = 1.4;

    /** The forward pass's share of a layer's time, which a layer computed again takes twice. */
    static final double FORWARD = 0.4;

    private Calibration() {}
}
