/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Models as Hugging Face stores them, ready to be adapted: {@link org.lora4j.hf.LoraModel} loads a
 * checkpoint, {@link org.lora4j.hf.Task} says what it is for.
 */
@NullMarked
package org.lora4j.hf;

import org.jspecify.annotations.NullMarked;
