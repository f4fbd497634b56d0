/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

/**
 * Two completions of a prompt, of which one is preferred.
 *
 * @param line the line of the file, 0 where there is none
 * @param chosen the prompt with the better completion
 * @param rejected the prompt with the worse one
 */
public record PreferencePair(int line, TrainingSample chosen, TrainingSample rejected) {}
