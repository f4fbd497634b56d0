/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

/**
 * A label of a text.
 *
 * @param label its name
 * @param probability how likely the text has it, from 0 to 1
 */
public record TextLabel(String label, double probability) {}
