/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The demonstration: teaches a small language model, which comes with this module, to read
 * addresses of Taiwan. {@link org.lora4j.demo.Demo} runs it; whoever starts it says what is shown.
 */
@NullMarked
package org.lora4j.demo;

import org.jspecify.annotations.NullMarked;
