/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * tokenizer.json: read, checked piece by piece and written anew, so that nothing unchecked reaches
 * the native tokenizer.
 */
@NullMarked
package org.lora4j.text.tokenizer.json;

import org.jspecify.annotations.NullMarked;
