/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What {@code inspect} reports of a model or an adapter, read from its headers. */
@NullMarked
package org.lora4j.cli.inspect;

import org.jspecify.annotations.NullMarked;
