/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

/** Why a text ended. */
public enum FinishReason {
    /** The model gave a token that ends texts, or one of the configuration's stop tokens. */
    END_TOKEN,
    /** The text came to a stop string, or to a special token that is one. */
    STOP_STRING,
    /** It has as many new tokens as were asked for. */
    MAX_NEW_TOKENS,
    /** The model has no position for a further token. */
    POSITIONS,
    /** The caller cancelled it. */
    CANCELLED,
    /** The generating thread was interrupted; its interrupt flag is left set. */
    INTERRUPTED
}
