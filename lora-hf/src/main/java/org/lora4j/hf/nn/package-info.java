/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * What model families are made of: blocks over loaded arrays, named as Hugging Face names them,
 * whose children can be replaced.
 */
@NullMarked
package org.lora4j.hf.nn;

import org.jspecify.annotations.NullMarked;
