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

/** A validation during a training. */
@Name("org.lora4j.Validation")
@Label("Validation")
@Description("The validation data run through the model during a training")
@Category({"lora4j", "Training"})
@StackTrace(false)
public final class ValidationEvent extends Event {
    /** The steps taken before it. */
    @Label("Step")
    public int step;

    /** The mean loss over all loss terms. */
    @Label("Loss")
    public double loss;

    /** Whether it is the best so far. */
    @Label("Best")
    public boolean best;
}
