/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.batch;

/** Which tokens of a sample a language model learns to predict. */
public enum LossOn {
    /** Those of the completion and its end token; of a plain text, which has no prompt, all. */
    COMPLETION,
    /** All of them, the prompt's too. */
    ALL
}
