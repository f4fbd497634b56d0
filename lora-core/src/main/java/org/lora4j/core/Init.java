/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

/**
 * How the matrix A of a new adapter is drawn; B starts at zero in each case, so a fresh adapter
 * changes nothing. (For embeddings A is zero and B is normal, as in loralib and PEFT.)
 */
public enum Init {
    /** A ~ N(0, 1/r²), standard deviation 1/r: PEFT's "gaussian", and the default. */
    GAUSSIAN,
    /** A ~ U(-1/√in, 1/√in): loralib's and PEFT's default, kaiming_uniform with a = √5. */
    KAIMING_UNIFORM
}
