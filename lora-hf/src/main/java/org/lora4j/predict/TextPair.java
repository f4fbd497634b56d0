/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

/**
 * Two texts that a model reads together.
 *
 * @param first the first, such as a query
 * @param second the second, such as a document
 */
public record TextPair(String first, String second) {}
