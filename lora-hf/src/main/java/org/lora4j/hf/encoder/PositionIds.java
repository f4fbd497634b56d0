/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;

/** Which rows of the position table the tokens of a batch take. */
@FunctionalInterface
public interface PositionIds {
    /**
     * Numbers the tokens.
     *
     * @param scope who owns the result
     * @param ids token ids [B, T], int64
     * @return int64, [B, T] or [1, T]
     */
    NDArray of(NDManager scope, NDArray ids);

    /** Returns 0, 1, 2 and so on, whatever the ids: BERT's. */
    static PositionIds fromZero() {
        return (scope, ids) ->
                scope.arange(
                                0,
                                Math.toIntExact(ids.getShape().get(1)),
                                1,
                                DataType.INT64,
                                ids.getDevice())
                        .expandDims(0);
    }

    /**
     * Returns p+1, p+2 and so on at tokens that are not padding, and p at those that are:
     * RoBERTa's, after create_position_ids_from_input_ids.
     *
     * @param paddingId p, the id of the padding token
     */
    static PositionIds afterPadding(int paddingId) {
        return (scope, ids) -> {
            NDArray token = ids.neq(paddingId).toType(DataType.INT64, false);
            token.attach(scope);
            return token.cumSum(1).mul(token).add(paddingId);
        };
    }
}
