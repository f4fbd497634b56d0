/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Options that several commands share, as picocli mixins; each group makes what it describes. */
@NullMarked
package org.lora4j.cli.option;

import org.jspecify.annotations.NullMarked;
