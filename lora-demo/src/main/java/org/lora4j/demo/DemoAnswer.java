/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo;

/**
 * What a model answers to an address.
 *
 * @param address the address
 * @param text what the model writes
 * @param right whether these are exactly the address's fields
 */
public record DemoAnswer(String address, String text, boolean right) {}
