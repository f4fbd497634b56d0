/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

/**
 * A part of a text that a model has labelled.
 *
 * @param text the part
 * @param label what it is, such as {@code PER}
 * @param start its first character, in UTF-16 units as {@link String#charAt} counts them
 * @param end the character after its last one
 * @param probability the mean probability of its words' or tokens' labels
 */
public record Entity(String text, String label, int start, int end, double probability) {}
