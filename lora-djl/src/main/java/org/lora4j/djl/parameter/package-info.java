/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Parameters that adapters change by themselves, PEFT's target_parameters. */
@NullMarked
package org.lora4j.djl.parameter;

import org.jspecify.annotations.NullMarked;
