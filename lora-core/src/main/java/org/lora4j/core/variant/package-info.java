/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * What an adapter does otherwise than LoRA: {@link org.lora4j.core.variant.LoraVariant} is the
 * closed family.
 */
@NullMarked
package org.lora4j.core.variant;

import org.jspecify.annotations.NullMarked;
