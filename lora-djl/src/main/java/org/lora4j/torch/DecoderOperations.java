/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

/**
 * What decoders are made of. Rows of all sequences lie one after another: x [N, ..]; lengths [S],
 * int64 on the CPU. rotary: x [N, n * d], cos and sin [N, r], r at most d, in halves as Hugging
 * Face lays them out. causal_attention: q [N, n * d], k and v [N, m * d], each row sees those of
 * its sequence up to itself, and at most window of them where window is above 0; with cap above 0
 * scores are cap * tanh(score / cap). Sequences of one length run together, and so do many short
 * ones, padded on the right, where nothing sees the padding.
 */
final class DecoderOperations {
    private DecoderOperations() {}

    static final String SOURCE =
            """
              def embedding_padded(self: __torch__.Ops, ids: Tensor, w: Tensor, pad: Tensor) -> Tensor:
                return torch.embedding(w, ids, int(pad))
              def rms_norm(self: __torch__.Ops, x: Tensor, w: Tensor, eps: Tensor) -> Tensor:
                n = torch.linalg_vector_norm(x, 2, [-1], True, dtype=6)
                m = torch.div(torch.mul(n, n), torch.size(x, -1))
                r = torch.rsqrt(torch.add(m, float(eps)))
                return torch.mul(w, torch.to(torch.mul(x, r), ops.prim.dtype(x)))
              def shifted_rms_norm(self: __torch__.Ops, x: Tensor, w: Tensor, eps: Tensor) -> Tensor:
                n = torch.linalg_vector_norm(x, 2, [-1], True, dtype=6)
                m = torch.div(torch.mul(n, n), torch.size(x, -1))
                r = torch.rsqrt(torch.add(m, float(eps)))
                y = torch.mul(torch.mul(x, r), torch.add(torch.to(w, 6), 1))
                return torch.to(y, ops.prim.dtype(x))
              def soft_cap(self: __torch__.Ops, x: Tensor, c: Tensor) -> Tensor:
                return torch.mul(torch.tanh(torch.div(x, float(c))), float(c))
              def scale(self: __torch__.Ops, x: Tensor, c: Tensor) -> Tensor:
                return torch.mul(x, torch.to(c, ops.prim.dtype(x)))
              def silu_mul(self: __torch__.Ops, x: Tensor, y: Tensor) -> Tensor:
                return torch.mul(torch.silu(x), y)
              def turn(self: __torch__.Ops, x: Tensor, c: Tensor, s: Tensor) -> Tensor:
                h = torch.floordiv(torch.size(x, -1), 2)
                x1 = torch.slice(x, -1, 0, h)
                x2 = torch.slice(x, -1, h, 9223372036854775807)
                return torch.add(torch.mul(x, c), torch.mul(torch.cat([torch.neg(x2), x1], -1), s))
              def turn_heads(self: __torch__.Ops, x: Tensor, c: Tensor, s: Tensor) -> Tensor:
                d = torch.size(x, -1)
                r = torch.size(c, -1)
                if torch.eq(r, d):
                  z = (self).turn(x, c, s, )
                else:
                  z = torch.cat([(self).turn(torch.slice(x, -1, 0, r), c, s, ), torch.slice(x, -1, r, d)], -1)
                return z
              def rotary(self: __torch__.Ops, x: Tensor, cos: Tensor, sin: Tensor, n: Tensor) -> Tensor:
                y = torch.reshape(x, [torch.size(x, 0), int(n), -1])
                c = torch.to(torch.unsqueeze(cos, 1), ops.prim.dtype(x))
                s = torch.to(torch.unsqueeze(sin, 1), ops.prim.dtype(x))
                z = (self).turn_heads(y, c, s, )
                return torch.reshape(z, torch.size(x))
              def seen(self: __torch__.Ops, q: Tensor, t: int, window: int) -> Tensor:
                p = torch.arange(t, dtype=4, layout=None, device=ops.prim.device(q))
                d = torch.sub(torch.unsqueeze(p, 1), torch.unsqueeze(p, 0))
                m = torch.ge(d, 0)
                if torch.gt(window, 0):
                  m0 = torch.logical_and(m, torch.lt(d, window))
                else:
                  m0 = m
                return m0
              def attend(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, b: int, n: int, m: int, scale: float, window: int, cap: float) -> Tensor:
                q0 = torch.transpose(torch.reshape(torch.to(q, 6), [b, -1, n, torch.floordiv(torch.size(q, 1), n)]), 1, 2)
                t = torch.size(q0, 2)
                k0 = (self).repeated(torch.to(k, 6), b, n, m, )
                v0 = (self).repeated(torch.to(v, 6), b, n, m, )
                if torch.gt(cap, 0.):
                  s = torch.mul(torch.matmul(q0, torch.transpose(k0, -2, -1)), scale)
                  s0 = torch.mul(torch.tanh(torch.div(s, cap)), cap)
                  hidden = torch.logical_not((self).seen(q, t, window, ))
                  o = torch.matmul(torch.softmax(torch.masked_fill(s0, hidden, -inf), -1), v0)
                else:
                  if torch.__and__(torch.gt(window, 0), torch.gt(t, window)):
                    o = torch.scaled_dot_product_attention(q0, k0, v0, (self).seen(q, t, window, ), 0., False, scale=scale)
                  else:
                    o = torch.scaled_dot_product_attention(q0, k0, v0, None, 0., True, scale=scale)
                return torch.to(torch.reshape(torch.transpose(o, 1, 2), torch.size(q)), ops.prim.dtype(q))
              def repeated(self: __torch__.Ops, x: Tensor, b: int, n: int, m: int) -> Tensor:
                y = torch.reshape(x, [b, -1, m, torch.floordiv(torch.size(x, 1), m)])
                if torch.eq(n, m):
                  y0 = y
                else:
                  g = torch.floordiv(n, m)
                  e = torch.expand(torch.unsqueeze(y, 3), [b, torch.size(y, 1), m, g, torch.size(y, 3)])
                  y0 = torch.reshape(e, [b, torch.size(y, 1), n, torch.size(y, 3)])
                return torch.transpose(y0, 1, 2)
              def causal_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, lengths: Tensor, heads: Tensor, groups: Tensor, scale: Tensor, window: Tensor, cap: Tensor) -> Tensor:
                n = int(heads)
                m = int(groups)
                a = float(scale)
                w = int(window)
                c = float(cap)
                count = torch.size(lengths, 0)
                longest = int(torch.max(lengths))
                if torch.eq(torch.mul(longest, count), torch.size(q, 0)):
                  out = (self).attend(q, k, v, count, n, m, a, w, c, )
                else:
                  if (self).many_short(q, count, longest, ):
                    place = torch.to((self).places(lengths, longest, ), ops.prim.device(q))
                    rows = torch.mul(count, longest)
                    o = (self).attend((self).rows_in_zeros(q, place, rows, ), (self).rows_in_zeros(k, place, rows, ), (self).rows_in_zeros(v, place, rows, ), count, n, m, a, w, c, )
                    out0 = torch.index_select(o, 0, place)
                  else:
                    sizes = annotate(List[int], [])
                    for i in range(count):
                      _0 = torch.append(sizes, int(torch.select(lengths, 0, i)))
                    qs = torch.split_with_sizes(q, sizes)
                    ks = torch.split_with_sizes(k, sizes)
                    vs = torch.split_with_sizes(v, sizes)
                    outs = annotate(List[Tensor], [])
                    for i in range(count):
                      o = (self).attend(qs[i], ks[i], vs[i], 1, n, m, a, w, c, )
                      _1 = torch.append(outs, o)
                    out0 = torch.cat(outs, 0)
                  out = out0
                return out
              def many_short(self: __torch__.Ops, q: Tensor, count: int, longest: int) -> bool:
                little = torch.le(torch.mul(longest, count), torch.mul(2, torch.size(q, 0)))
                return torch.__and__(torch.__and__(torch.ge(count, 8), torch.le(longest, 256)), little)
              def places(self: __torch__.Ops, lengths: Tensor, longest: int) -> Tensor:
                starts = torch.sub(torch.cumsum(lengths, 0), lengths)
                padded = torch.mul(torch.arange(torch.size(lengths, 0), dtype=4, layout=None, device=None), longest)
                moved = torch.repeat_interleave(torch.sub(padded, starts), lengths)
                return torch.add(torch.arange(torch.size(moved, 0), dtype=4, layout=None, device=None), moved)
              def rows_in_zeros(self: __torch__.Ops, x: Tensor, place: Tensor, count: int) -> Tensor:
                return torch.index_copy(torch.new_zeros(x, [count, torch.size(x, 1)]), 0, place, x)
              def causal_attention_dropped(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, lengths: Tensor, kept: Tensor, heads: Tensor, groups: Tensor, scale: Tensor, window: Tensor, cap: Tensor, keep_scale: Tensor) -> Tensor:
                n = int(heads)
                m = int(groups)
                c = float(cap)
                outs = annotate(List[Tensor], [])
                start = 0
                drawn = 0
                for i in range(torch.size(lengths, 0)):
                  t = int(torch.select(lengths, 0, i))
                  end = torch.add(start, t)
                  q0 = torch.slice(q, 0, start, end)
                  q1 = torch.transpose(torch.reshape(torch.to(q0, 6), [1, t, n, -1]), 1, 2)
                  k1 = (self).repeated(torch.to(torch.slice(k, 0, start, end), 6), 1, n, m, )
                  v1 = (self).repeated(torch.to(torch.slice(v, 0, start, end), 6), 1, n, m, )
                  s = torch.mul(torch.matmul(q1, torch.transpose(k1, -2, -1)), float(scale))
                  if torch.gt(c, 0.):
                    s0 = torch.mul(torch.tanh(torch.div(s, c)), c)
                  else:
                    s0 = s
                  hidden = torch.logical_not((self).seen(q, t, int(window), ))
                  p = torch.softmax(torch.masked_fill(s0, hidden, -inf), -1)
                  used = torch.add(drawn, torch.mul(n, torch.mul(t, t)))
                  d = torch.reshape(torch.slice(kept, 0, drawn, used), [1, n, t, t])
                  drawn = used
                  o = torch.matmul(torch.mul_(torch.mul(p, d), float(keep_scale)), v1)
                  o0 = torch.to(torch.reshape(torch.transpose(o, 1, 2), torch.size(q0)), ops.prim.dtype(q))
                  _0 = torch.append(outs, o0)
                  start = end
                return torch.cat(outs, 0)
              def spread_rows(self: __torch__.Ops, x: Tensor, places: Tensor, n: Tensor) -> Tensor:
                return (self).rows_in_zeros(x, places, int(n), )
              def columns(self: __torch__.Ops, x: Tensor, start: Tensor, end: Tensor) -> Tensor:
                return torch.contiguous(torch.slice(x, -1, int(start), int(end)))
              def head_rows(self: __torch__.Ops, x: Tensor, n: Tensor) -> Tensor:
                return torch.reshape(x, [torch.size(x, 0), int(n), -1])
              def joined_heads(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.reshape(x, [torch.size(x, 0), -1])
              def rows(self: __torch__.Ops, x: Tensor, places: Tensor) -> Tensor:
                return torch.index_select(x, 0, places)
              def best(self: __torch__.Ops, x: Tensor) -> List[Tensor]:
                values, indices, = torch.max(x, 1)
                return [values, indices]
            """;
}
