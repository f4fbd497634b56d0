/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

/**
 * Builds the blocks of models of one model_type. A family of your own implements {@link
 * DecoderFamily} or {@link EncoderFamily} and is registered with {@link
 * org.lora4j.hf.family.ModelFamilies}. Immutable, so that any number of threads may load models.
 */
public sealed interface ModelFamily permits EncoderFamily, DecoderFamily {
    /** Returns what the family and its parts are called. */
    FamilyNames names();
}
