/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * What every model family is made of: its configuration, the tensors of its checkpoint, the roots
 * of its blocks, and the interfaces that a family implements.
 */
@NullMarked
package org.lora4j.hf.model;

import org.jspecify.annotations.NullMarked;
