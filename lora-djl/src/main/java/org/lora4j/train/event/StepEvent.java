/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A step of a training, from reading its batches to the update. */
@Name("org.lora4j.TrainingStep")
@Label("Training step")
@Description("Batches read, gradients computed and the trained tensors updated")
@Category({"lora4j", "Training"})
@StackTrace(false)
public final class StepEvent extends Event {
    /** The step's number, from 1. */
    @Label("Step")
    public int step;

    /** The pass over the data, from 1. */
    @Label("Epoch")
    public int epoch;

    /** The mean loss of the step's examples, before the update. */
    @Label("Loss")
    public double loss;

    /** The rate of the update. */
    @Label("Learning rate")
    public double learningRate;

    /** The norm of all gradients together, before clipping. */
    @Label("Gradient norm")
    public double gradientNorm;

    /** The step's examples. */
    @Label("Examples")
    public int examples;

    /** Their tokens without padding, 0 where the batches do not tell. */
    @Label("Tokens")
    public long tokens;
}
