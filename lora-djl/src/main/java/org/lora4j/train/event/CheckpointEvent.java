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
import jdk.jfr.Timespan;

/** The saving of a training's state, from the copy of its tensors to the complete files. */
@Name("org.lora4j.CheckpointSave")
@Label("Checkpoint save")
@Description("The state of a training copied and written to disk")
@Category({"lora4j", "Training"})
@StackTrace(false)
public final class CheckpointEvent extends Event {
    /** The steps taken before it. */
    @Label("Step")
    public int step;

    /** The directory that it is in. */
    @Label("Directory")
    public String directory = "";

    /** The bytes written. */
    @Label("Bytes")
    public long bytes;

    /** How long the training's thread waited for it, in nanoseconds. */
    @Label("Training blocked")
    @Timespan(Timespan.NANOSECONDS)
    public long blockedNanos;
}
