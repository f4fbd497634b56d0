/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

/** How A and B of a convolution are shaped; the forms cannot be turned into one another. */
public enum ConvForm {
    /**
     * PEFT's: A [r, in, k..] and B [out, r/groups, 1..], two convolutions one after the other. With
     * groups over 1 it cannot be merged. Where the groups do not divide r, as in most depthwise
     * convolutions, PEFT has no form, and the adapter has {@link #WEIGHT}'s.
     */
    PEFT,
    /**
     * A change of the weight: A [r, in/groups, k..] and B [out, r, 1..]. With one group it is
     * PEFT's form. With more it can be merged, it is smaller than PEFT's, and PEFT does not load
     * it.
     */
    WEIGHT,
    /**
     * loralib's: A [r·k, in·k] and B [out/groups·k^(n-1), r·k], whose product is read as a weight.
     * It can be merged with any number of groups, and has no equal in PEFT's files.
     */
    LORALIB
}
