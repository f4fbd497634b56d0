/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/** Why a training ended. */
public enum StopReason {
    /** All its steps were taken. */
    COMPLETED,
    /** The validation metric did not improve for as many evaluations as the patience allows. */
    EARLY_STOPPED,
    /** {@link LoraTrainer#cancel()} was called. */
    CANCELLED,
    /** The training's thread was interrupted; its interrupt flag is left set. */
    INTERRUPTED,
    /** Loss or gradients became NaN or infinite; {@link LoraTrainer#fit} threw. */
    DIVERGED,
    /** Another exception ended it, which {@link LoraTrainer#fit} threw. */
    FAILED
}
