/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Operations that are written in TorchScript, in resource files beside this package's classes, and
 * how Java calls them.
 */
@NullMarked
package org.lora4j.torch.operation;

import org.jspecify.annotations.NullMarked;
