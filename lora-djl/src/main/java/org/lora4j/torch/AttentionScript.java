/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code attention.py} defines for Java. */
interface AttentionScript {
    AttentionScript OPS = Script.bind("attention.py", AttentionScript.class);

    NDArray attention(
            NDArray q,
            NDArray k,
            NDArray v,
            long n,
            @Nullable NDArray mask,
            @Nullable NDArray kept,
            double keepScale);

    NDArray groupedAttention(
            NDArray q,
            NDArray k,
            NDArray v,
            long n,
            NDArray place,
            List<NDArray> masks,
            List<NDArray> kept,
            double keepScale);

    NDArray rotary(NDArray x, NDArray cos, NDArray sin, long n);

    NDArray causalAttention(
            NDArray q,
            NDArray k,
            NDArray v,
            NDArray lengths,
            long n,
            double scale,
            long window,
            double cap,
            @Nullable NDArray kept,
            double keepScale);

    NDList keep(NDArray k, NDArray v, NDArray lengths, long m, long capacity);

    NDArray attendKept(
            NDArray q,
            NDArray k,
            NDArray v,
            @Nullable NDArray cos,
            @Nullable NDArray sin,
            NDArray keys,
            NDArray values,
            long at,
            long first,
            @Nullable NDArray mask,
            double scale,
            double cap);

    NDArray hiddenColumns(NDArray like, NDArray hidden, long count);

    NDList withRoom(List<NDArray> kept, long first, long held, long capacity);

    NDList take(List<NDArray> kept, NDArray which);
}
