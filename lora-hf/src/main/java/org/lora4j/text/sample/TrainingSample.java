/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import java.util.List;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.SampleTokens;

/**
 * One sample of a language model's data, which knows how it becomes tokens: the seam between the
 * formats of data files and everything behind them.
 *
 * <p>Implementations are immutable.
 */
public interface TrainingSample {
    /**
     * The line of the file on which the sample starts.
     *
     * @return the line counted from 1, or 0 where there is no file
     */
    int line();

    /**
     * Tokenizes the sample whole, however long it is; cutting is the caller's.
     *
     * @param tokenizer the model's tokenizer
     * @param lossOn which tokens are learnt
     * @return its tokens, special ones included, possibly none; several sequences where one cannot
     *     hold what the sample teaches
     * @throws IllegalArgumentException if the sample does not fit the tokenizer
     */
    List<SampleTokens> tokens(TextTokenizer tokenizer, LossOn lossOn);
}
