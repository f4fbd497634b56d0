/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

/**
 * An entity among the words of a text.
 *
 * @param type what it is, such as {@code PER}
 * @param start its first word
 * @param end the word after its last one
 */
public record TaggedEntity(String type, int start, int end) {}
