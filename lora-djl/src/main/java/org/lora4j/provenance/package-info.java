/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Where an adapter comes from, written beside it, and whether all of that is still the same. */
@NullMarked
package org.lora4j.provenance;

import org.jspecify.annotations.NullMarked;
