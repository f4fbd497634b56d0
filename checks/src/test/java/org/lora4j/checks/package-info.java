/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Checks of the whole house: directions, public API, documents. */
@NullMarked
package org.lora4j.checks;

import org.jspecify.annotations.NullMarked;
