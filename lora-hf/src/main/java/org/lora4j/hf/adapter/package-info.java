/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Adapters of a loaded model: added, loaded from PEFT's files, saved, and the tables of tokens that
 * they bring.
 */
@NullMarked
package org.lora4j.hf.adapter;

import org.jspecify.annotations.NullMarked;
