/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Spring Boot services with lora4j. */
package org.lora4j.spring;
