/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * lora4j in a Spring Boot service: predictors as beans, whose adapters are replaced while they
 * serve.
 *
 * <p>Begin with {@link org.lora4j.spring.Lora4jProperties} and {@link
 * org.lora4j.spring.ServedModel}.
 */
@NullMarked
package org.lora4j.spring;

import org.jspecify.annotations.NullMarked;
