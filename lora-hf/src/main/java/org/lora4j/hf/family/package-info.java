/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The model families that are known by their model_type, and what a configuration says of a model
 * without its weights.
 */
@NullMarked
package org.lora4j.hf.family;

import org.jspecify.annotations.NullMarked;
