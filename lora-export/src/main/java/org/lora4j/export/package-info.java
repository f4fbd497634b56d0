/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Models for other programs. Begin with {@link org.lora4j.export.OnnxExport}. */
@NullMarked
package org.lora4j.export;

import org.jspecify.annotations.NullMarked;
