/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * Multi-head attention inside each of B texts that lie one after another, N tokens together,
 * without padding between them.
 *
 * <p>Texts of like lengths are padded together for the time of the operation: the first b₁ texts to
 * [b₁, t₁], the next b₂ to [b₂, t₂] and so on, as the masks' shapes say. All methods are
 * thread-safe; they throw {@link ai.djl.engine.EngineException} with libtorch's message when shapes
 * do not fit.
 */
public final class GroupedAttention {
    /**
     * q [N, heads * d], or [B, heads * d] for one query each; k, v [N, heads * d]; masks [b, 1, 1,
     * t], kept [b, heads, t or 1, t], one for each group; place [N]: where each row of k stands
     * when each group is padded and the groups follow one another.
     */
    static final String SOURCE =
            """
              def padded(self: __torch__.Ops, x: Tensor, place: Tensor, sizes: List[int]) -> List[Tensor]:
                rows = 0
                for i in range(torch.len(sizes)):
                  rows = torch.add(rows, sizes[i])
                return torch.split_with_sizes((self).rows_in_zeros(x, place, rows, ), sizes)
              def queries(self: __torch__.Ops, q: Tensor, masks: List[Tensor], place: Tensor, sizes: List[int]) -> List[Tensor]:
                if torch.eq(torch.size(q, 0), torch.size(place, 0)):
                  out = (self).padded(q, place, sizes, )
                else:
                  ones = annotate(List[int], [])
                  for i in range(torch.len(masks)):
                    _0 = torch.append(ones, torch.size(masks[i], 0))
                  out = torch.split_with_sizes(q, ones)
                return out
              def sizes(self: __torch__.Ops, masks: List[Tensor]) -> List[int]:
                out = annotate(List[int], [])
                for i in range(torch.len(masks)):
                  _0 = torch.append(out, torch.mul(torch.size(masks[i], 0), torch.size(masks[i], 3)))
                return out
              def group_heads(self: __torch__.Ops, x: Tensor, mask: Tensor, n: int) -> Tensor:
                d = torch.floordiv(torch.size(x, 1), n)
                return torch.transpose(torch.reshape(x, [torch.size(mask, 0), -1, n, d]), 1, 2)
              def together(self: __torch__.Ops, groups: List[Tensor], q: Tensor, place: Tensor) -> Tensor:
                rows = annotate(List[Tensor], [])
                for i in range(torch.len(groups)):
                  _0 = torch.append(rows, torch.reshape(torch.transpose(groups[i], 1, 2), [-1, torch.size(q, 1)]))
                y = torch.cat(rows)
                if torch.eq(torch.size(q, 0), torch.size(place, 0)):
                  out = torch.index_select(y, 0, place)
                else:
                  out = y
                return out
              def grouped_attention(self: __torch__.Ops, q: Tensor, masks: List[Tensor], k: Tensor, v: Tensor, n: Tensor, place: Tensor) -> Tensor:
                h = int(n)
                sizes = (self).sizes(masks, )
                qs = (self).queries(q, masks, place, sizes, )
                ks = (self).padded(k, place, sizes, )
                vs = (self).padded(v, place, sizes, )
                out = annotate(List[Tensor], [])
                for i in range(torch.len(masks)):
                  m = masks[i]
                  o = torch.scaled_dot_product_attention((self).group_heads(qs[i], m, h, ), (self).group_heads(ks[i], m, h, ), (self).group_heads(vs[i], m, h, ), torch.nan_to_num(torch.to(m, ops.prim.dtype(q))), 0., False)
                  _0 = torch.append(out, o)
                return (self).together(out, q, place, )
              def grouped_attention_dropout(self: __torch__.Ops, q: Tensor, masks: List[Tensor], kept: List[Tensor], k: Tensor, v: Tensor, n: Tensor, place: Tensor, scale: Tensor, keep_scale: Tensor) -> Tensor:
                h = int(n)
                sizes = (self).sizes(masks, )
                qs = (self).queries(torch.mul(q, float(scale)), masks, place, sizes, )
                ks = (self).padded(k, place, sizes, )
                vs = (self).padded(v, place, sizes, )
                out = annotate(List[Tensor], [])
                for i in range(torch.len(masks)):
                  m = masks[i]
                  s = torch.matmul((self).group_heads(qs[i], m, h, ), torch.transpose((self).group_heads(ks[i], m, h, ), -2, -1))
                  p = torch.softmax(torch.add(s, torch.nan_to_num(torch.to(m, ops.prim.dtype(s)))), -1, 6)
                  o = torch.matmul(torch.to(torch.mul_(torch.mul(p, kept[i]), float(keep_scale)), ops.prim.dtype(v)), (self).group_heads(vs[i], m, h, ))
                  _0 = torch.append(out, o)
                return (self).together(out, q, place, )
            """;

    private GroupedAttention() {}

    /**
     * softmax(Q Kᵀ / √d + M) V for each text and head.
     *
     * @param query [N, heads d], or [B, heads d] for one query of each text
     * @param key [N, heads d]
     * @param value [N, heads d]
     * @param heads the number of heads
     * @param place int64 [N]: the row of each token among the Σ b t rows of the padded groups
     * @param masks for each group M, [b, 1, 1, t]: 0 at tokens, the lowest number at padding
     * @return shaped as query
     */
    public static NDArray of(
            NDArray query, NDArray key, NDArray value, int heads, NDArray place, NDList masks) {
        OperationKit kit = OperationKit.get();
        NDArray n = kit.number(query.getManager(), heads);
        return kit.callWithLists("grouped_attention", query, List.of(masks), key, value, n, place)
                .singletonOrThrow();
    }

    /**
     * The same with dropped probabilities: (softmax(Q Kᵀ / √d + M) ∘ D / (1 - p)) V, the softmax in
     * float32.
     *
     * @param query [N, heads d], or [B, heads d] for one query of each text
     * @param key [N, heads d]
     * @param value [N, heads d]
     * @param heads the number of heads
     * @param place int64 [N]
     * @param masks for each group M, [b, 1, 1, t]
     * @param kept for each group D, [b, heads, t or 1, t], booleans, true where a probability is
     *     kept
     * @param p the probability with which they were dropped, in [0, 1)
     * @return shaped as query
     */
    public static NDArray of(
            NDArray query,
            NDArray key,
            NDArray value,
            int heads,
            NDArray place,
            NDList masks,
            NDList kept,
            double p) {
        OperationKit kit = OperationKit.get();
        NDManager owner = query.getManager();
        double d = (double) query.getShape().get(1) / heads;
        return kit.callWithLists(
                        "grouped_attention_dropout",
                        query,
                        List.of(masks, kept),
                        key,
                        value,
                        kit.number(owner, heads),
                        place,
                        kit.number(owner, 1 / Math.sqrt(d)),
                        Dropout.scale(kit, owner, p))
                .singletonOrThrow();
    }
}
