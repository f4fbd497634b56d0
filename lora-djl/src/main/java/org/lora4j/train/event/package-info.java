/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What a training tells the JDK's Flight Recorder. */
@NullMarked
package org.lora4j.train.event;

import org.jspecify.annotations.NullMarked;
