/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.stream;

import java.util.function.Function;

/**
 * The tokenized texts of a window.
 *
 * @param lengths the tokens of each
 * @param writes whether there is something to learn but where a text ends
 * @param batch makes a batch of some of them
 * @param <B> the kind of batch
 */
@SuppressWarnings("ArrayRecordComponent") // its owner's alone
record StreamedWindow<B>(int[] lengths, boolean writes, Function<int[], B> batch) {}
