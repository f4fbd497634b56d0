/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import java.util.Arrays;
import java.util.Optional;

/**
 * How the hidden states hₙ of a text's tokens become one vector, as in sentence-transformers'
 * pooling.py. Tokens are counted from 1 to T; special tokens count.
 */
public enum Pooling {
    /** h of the first token. */
    CLS("cls", "pooling_mode_cls_token"),
    /** The largest number of each channel. */
    MAX("max", "pooling_mode_max_tokens"),
    /** Σ hₙ / T. */
    MEAN("mean", "pooling_mode_mean_tokens"),
    /** Σ hₙ / √T. */
    MEAN_SQRT_LENGTH("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"),
    /** Σ n hₙ / Σ n. */
    WEIGHTED_MEAN("weightedmean", "pooling_mode_weightedmean_tokens"),
    /** h of the last token. */
    LAST_TOKEN("lasttoken", "pooling_mode_lasttoken");

    private final String key;
    private final String flag;

    Pooling(String key, String flag) {
        this.key = key;
        this.flag = flag;
    }

    /** Returns its name in files of sentence-transformers 6, such as "mean". */
    public String key() {
        return key;
    }

    /** Returns the flag that stands for it in files of earlier versions. */
    String flag() {
        return flag;
    }

    static Optional<Pooling> of(String key) {
        return Arrays.stream(values()).filter(each -> each.key.equals(key)).findAny();
    }
}
