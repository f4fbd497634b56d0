/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;

/**
 * Attention of one new token of each sequence to keys and values that are kept. The terms of {@link
 * Torch} hold.
 *
 * <p>Keys and values [S, groups, C, d] have room for C columns. Sequences end in the same column:
 * one that is shorter than the longest begins in a later column, and what lies before its start is
 * zero and hidden. So a step writes one column and reads a range of columns, whatever the lengths
 * are. Thread-safe.
 */
public final class CachedAttention {
    /**
     * keep_prompts: k and v [N, m * d], lengths [S] on the CPU. attend_kept: q [S, n * d], k and v
     * [S, m * d], kept keys and values [S, m, C, d]; the heads that share a group's keys are the
     * rows of one small product with them, so nothing is repeated. mask [S, 1, 1, T] is added to
     * the scores; one without elements is none. 16-bit products accumulate in float32.
     */
    static final String SOURCE =
            """
              def keep_prompts(self: __torch__.Ops, k: Tensor, v: Tensor, lengths: Tensor, groups: Tensor, capacity: Tensor) -> List[Tensor]:
                m = int(groups)
                d = torch.floordiv(torch.size(k, 1), m)
                count = torch.size(lengths, 0)
                longest = int(torch.max(lengths))
                keys = torch.new_zeros(k, [count, m, int(capacity), d])
                values = torch.new_zeros(v, [count, m, int(capacity), d])
                start = 0
                for i in range(count):
                  t = int(torch.select(lengths, 0, i))
                  end = torch.add(start, t)
                  k0 = torch.transpose(torch.reshape(torch.slice(k, 0, start, end), [t, m, d]), 0, 1)
                  v0 = torch.transpose(torch.reshape(torch.slice(v, 0, start, end), [t, m, d]), 0, 1)
                  _0 = torch.copy_(torch.slice(torch.select(keys, 0, i), 1, torch.sub(longest, t), longest), k0)
                  _1 = torch.copy_(torch.slice(torch.select(values, 0, i), 1, torch.sub(longest, t), longest), v0)
                  start = end
                return [keys, values]
              def attend_kept(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor, at: Tensor, first: Tensor, mask: Tensor, scale: Tensor, cap: Tensor) -> Tensor:
                b = torch.size(keys, 0)
                m = torch.size(keys, 1)
                d = torch.size(keys, 3)
                q0 = torch.reshape(q, [b, m, -1, d])
                o = (self).attend_heads(q0, torch.reshape(k, [b, m, 1, d]), v, keys, values, at, first, mask, scale, cap, )
                return torch.reshape(o, torch.size(q))
              def attend_turned(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, cos: Tensor, sin: Tensor, keys: Tensor, values: Tensor, at: Tensor, first: Tensor, mask: Tensor, scale: Tensor, cap: Tensor) -> Tensor:
                b = torch.size(keys, 0)
                m = torch.size(keys, 1)
                d = torch.size(keys, 3)
                y = torch.reshape(torch.cat([q, k], 1), [b, -1, d])
                n = torch.sub(torch.size(y, 1), m)
                z = (self).turn_heads(y, torch.unsqueeze(cos, 1), torch.unsqueeze(sin, 1), )
                q0 = torch.reshape(torch.slice(z, 1, 0, n), [b, m, -1, d])
                k0 = torch.unsqueeze(torch.slice(z, 1, n, 9223372036854775807), 2)
                o = (self).attend_heads(q0, k0, v, keys, values, at, first, mask, scale, cap, )
                return torch.reshape(o, torch.size(q))
              def attend_heads(self: __torch__.Ops, q0: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor, at: Tensor, first: Tensor, mask: Tensor, scale: Tensor, cap: Tensor) -> Tensor:
                b = torch.size(keys, 0)
                m = torch.size(keys, 1)
                d = torch.size(keys, 3)
                i = int(at)
                f = int(first)
                end = torch.add(i, 1)
                a = float(scale)
                c = float(cap)
                _0 = torch.copy_(torch.slice(keys, 2, i, end), k)
                _1 = torch.copy_(torch.slice(values, 2, i, end), torch.reshape(v, [b, m, 1, d]))
                k0 = torch.slice(keys, 2, f, end)
                v0 = torch.slice(values, 2, f, end)
                some = torch.gt(torch.numel(mask), 0)
                if torch.gt(c, 0.):
                  s = torch.mul(torch.matmul(torch.to(q0, 6), torch.transpose(torch.to(k0, 6), -2, -1)), a)
                  s0 = torch.mul(torch.tanh(torch.div(s, c)), c)
                  if some:
                    s1 = torch.add(s0, mask)
                  else:
                    s1 = s0
                  o = torch.to(torch.matmul(torch.softmax(s1, -1), torch.to(v0, 6)), ops.prim.dtype(q0))
                else:
                  if some:
                    o = torch.scaled_dot_product_attention(q0, k0, v0, mask, 0., False, scale=a)
                  else:
                    o = torch.scaled_dot_product_attention(q0, k0, v0, None, 0., False, scale=a)
                return o
              def hidden_columns(self: __torch__.Ops, like: Tensor, hidden: Tensor, count: Tensor) -> Tensor:
                n = torch.size(hidden, 0)
                t = int(count)
                h = torch.to(hidden, ops.prim.device(like), 4)
                p = torch.arange(t, dtype=4, layout=None, device=ops.prim.device(like))
                m = torch.lt(torch.unsqueeze(p, 0), torch.unsqueeze(h, 1))
                return torch.reshape(torch.masked_fill(torch.new_zeros(like, [n, t]), m, -inf), [n, 1, 1, t])
              def kept_columns(self: __torch__.Ops, x: Tensor, first: int, held: int, capacity: int) -> Tensor:
                y = torch.new_zeros(x, [torch.size(x, 0), torch.size(x, 1), capacity, torch.size(x, 3)])
                _0 = torch.copy_(torch.slice(y, 2, 0, torch.sub(held, first)), torch.slice(x, 2, first, held))
                return y
              def with_room(self: __torch__.Ops, keys: Tensor, values: Tensor, first: Tensor, held: Tensor, capacity: Tensor) -> List[Tensor]:
                k = (self).kept_columns(keys, int(first), int(held), int(capacity), )
                v = (self).kept_columns(values, int(first), int(held), int(capacity), )
                return [k, v]
              def keep_sequences(self: __torch__.Ops, keys: Tensor, values: Tensor, which: Tensor) -> List[Tensor]:
                return [torch.index_select(keys, 0, which), torch.index_select(values, 0, which)]
            """;

    private CachedAttention() {}

    /**
     * What a step writes and reads; the same for all layers that have kept the same columns.
     *
     * @param at the column that is written, a number
     * @param first the first column that is read, a number
     * @param mask what is added to the scores [S, 1, 1, T], or an array without elements
     */
    public record Place(NDArray at, NDArray first, NDArray mask) {}

    /**
     * Makes a {@link Place}.
     *
     * @param owner who owns its arrays
     * @param like an array of the dtype and device of the queries
     * @param at the column that is written, the last that is read
     * @param first the first column that is read
     * @param hidden how many of the columns read lie before the start of each sequence; 0 or less
     *     for none
     */
    public static Place place(NDManager owner, NDArray like, int at, int first, long[] hidden) {
        OperationKit kit = OperationKit.get();
        NDArray mask = kit.integers(owner);
        if (Arrays.stream(hidden).anyMatch(n -> n > 0)) {
            try (NDArray starts = owner.create(hidden);
                    NDArray count = kit.passingNumber(owner, at + 1.0 - first)) {
                mask = kit.call("hidden_columns", like, starts, count);
                mask.attach(owner);
            }
        }
        return new Place(kit.passingNumber(owner, at), kit.passingNumber(owner, first), mask);
    }

    /**
     * Keeps the keys and values of prompts.
     *
     * @param key [N, groups d]
     * @param value [N, groups d]
     * @param lengths the rows of each sequence [S], int64 on the CPU
     * @param groups the heads of keys
     * @param capacity C, at least the longest length
     * @return keys and values [S, groups, C, d]; they belong to the manager of key
     */
    public static NDList keep(
            NDArray key, NDArray value, NDArray lengths, int groups, int capacity) {
        OperationKit kit = OperationKit.get();
        NDManager owner = key.getManager();
        try (NDArray room = kit.passingNumber(owner, capacity)) {
            return kit.callWithLists(
                    "keep_prompts",
                    key,
                    List.of(),
                    value,
                    lengths,
                    kit.number(owner, groups),
                    room);
        }
    }

    /**
     * Writes a token's keys and values and attends to those that are kept: softmax(scale Q Kᵀ) V
     * for each head.
     *
     * @param query [S, heads d]
     * @param key [S, groups d]
     * @param value [S, groups d]
     * @param kept keys and values, written in place
     * @param place what is written and read
     * @param shape how; its window is in the place
     * @return [S, heads d]
     */
    public static NDArray attend(
            NDArray query,
            NDArray key,
            NDArray value,
            NDList kept,
            Place place,
            AttentionShape shape) {
        OperationKit kit = OperationKit.get();
        NDManager owner = query.getManager();
        return kit.call(
                "attend_kept",
                query,
                key,
                value,
                kept.get(0),
                kept.get(1),
                place.at(),
                place.first(),
                place.mask(),
                kit.number(owner, shape.scale()),
                kit.number(owner, shape.softCap()));
    }

    /**
     * Turns queries and keys to their positions, and goes on as {@link #attend}.
     *
     * @param query [S, heads d]
     * @param key [S, groups d]
     * @param value [S, groups d]
     * @param cos cosines as {@link Sequences#rotary} takes them [S, r]
     * @param sin sines [S, r]
     * @param kept keys and values, written in place
     * @param place what is written and read
     * @param shape how; its window is in the place
     * @return [S, heads d]
     */
    public static NDArray turnAndAttend(
            NDArray query,
            NDArray key,
            NDArray value,
            NDArray cos,
            NDArray sin,
            NDList kept,
            Place place,
            AttentionShape shape) {
        OperationKit kit = OperationKit.get();
        NDManager owner = query.getManager();
        return kit.call(
                "attend_turned",
                query,
                key,
                value,
                cos,
                sin,
                kept.get(0),
                kept.get(1),
                place.at(),
                place.first(),
                place.mask(),
                kit.number(owner, shape.scale()),
                kit.number(owner, shape.softCap()));
    }

    /**
     * Copies columns into arrays with more room.
     *
     * @param kept keys and values
     * @param first the first column that is wanted
     * @param held the last + 1
     * @param capacity the columns of the result, at least held - first
     * @return keys and values; they belong to the manager of kept
     */
    public static NDList withRoom(NDList kept, int first, int held, int capacity) {
        OperationKit kit = OperationKit.get();
        NDManager owner = kept.get(0).getManager();
        try (NDArray from = kit.passingNumber(owner, first);
                NDArray to = kit.passingNumber(owner, held);
                NDArray room = kit.passingNumber(owner, capacity)) {
            return kit.callWithLists(
                    "with_room", kept.get(0), List.of(), kept.get(1), from, to, room);
        }
    }

    /**
     * Returns the keys and values of some of the sequences.
     *
     * @param kept keys and values
     * @param which their indices, int64
     */
    public static NDList take(NDList kept, NDArray which) {
        return OperationKit.get()
                .callWithLists("keep_sequences", kept.get(0), List.of(), kept.get(1), which);
    }
}
