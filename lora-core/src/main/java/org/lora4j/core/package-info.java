/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The configuration of LoRA, the rules by which it matches module names, and module paths as
 * Hugging Face writes them. Nothing here needs an engine.
 */
@NullMarked
package org.lora4j.core;

import org.jspecify.annotations.NullMarked;
