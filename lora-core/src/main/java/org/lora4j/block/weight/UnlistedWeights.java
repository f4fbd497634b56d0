/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.nn.Parameter;
import java.util.Map;

/**
 * A block with frozen weights of a dtype that DJL does not know, such as bfloat16.
 *
 * <p>They are not among the block's parameters, so that DJL neither saves, copies nor trains them:
 * each of these ends the JVM. The {@link Parameter} is the handle by which such a weight is found
 * and another array put in its place for a forward pass; {@link BlockWeights} lists both kinds.
 */
public interface UnlistedWeights {
    /** Returns the block's own weights that DJL does not list, by name. */
    Map<String, Parameter> unlistedWeights();
}
