/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Parameters that an adapter trains as copies of the base's: biases, whole modules
 * (modules_to_save) and the statistics of norms, and the files in which a block writes and reads
 * them.
 */
@NullMarked
package org.lora4j.block.copy;

import org.jspecify.annotations.NullMarked;
