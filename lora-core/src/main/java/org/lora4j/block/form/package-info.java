/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Low-rank forms: how A and B of an adapter change the weight of each kind of layer.
 *
 * <p>{@link org.lora4j.block.form.Magnitude} is what DoRA trains beside A and B. To add another
 * form of correction, implement {@link org.lora4j.block.form.LowRankForm}.
 */
@NullMarked
package org.lora4j.block.form;

import org.jspecify.annotations.NullMarked;
