/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Templates in the Jinja language of chat models, rendered as transformers renders them (jinja2's
 * immutable sandbox with trim_blocks, lstrip_blocks and loop controls) and bounded in time and
 * memory. Text given to a template is data: it is never read as a template. The values are
 * Python's: texts count code points, integers are exact up to 4,300 digits, and what is printed is
 * Python's {@code str}.
 */
@NullMarked
package org.lora4j.jinja;

import org.jspecify.annotations.NullMarked;
