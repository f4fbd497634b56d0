/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

/** What becomes of the classification head that a checkpoint has. */
public enum HeadUse {
    /** It is the model's head; a task with other labels is refused. */
    KEEP,

    /** Its last layer is left out, and a new one is drawn. */
    REPLACE,

    /**
     * It is kept where it fits the task, and replaced where it does not: an adapter has its own.
     */
    REPLACE_UNLESS_FITTING
}
