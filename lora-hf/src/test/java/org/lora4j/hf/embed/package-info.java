/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
@NullMarked
package org.lora4j.hf.embed;

import org.jspecify.annotations.NullMarked;
