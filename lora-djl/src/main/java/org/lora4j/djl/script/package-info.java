/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * TorchScript modules with adapters: a module's archive is rewritten so that its own code computes
 * the low-rank terms, and the rewritten module reads the original's weights in the original's
 * memory.
 */
@NullMarked
package org.lora4j.djl.script;

import org.jspecify.annotations.NullMarked;
