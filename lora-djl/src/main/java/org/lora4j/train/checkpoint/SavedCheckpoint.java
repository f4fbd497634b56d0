/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.checkpoint;

import java.nio.file.Path;

/**
 * A checkpoint that is whole on disk.
 *
 * @param step the steps that had been taken
 * @param directory where it is
 * @param blockedSeconds how long the training stood still for it
 */
public record SavedCheckpoint(int step, Path directory, double blockedSeconds) {}
