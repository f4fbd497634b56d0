# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# Attention and its derivative, for passes without autograd's graph. Letters as in attention.py.
#
# Short sequences form probabilities by batched products, the heads that share a group's keys as rows
# of one product, for 64 queries at a time, which leaves out most of what causality hides; the
# backward pass forms them again. Long sequences go to the fused kernel. Of each block of sequences
# five tensors are saved: queries, keys, values, and two more that depend on the way.
from math import inf
from typing import List, Optional, Tuple

import torch
from torch import Tensor
from torch.nn import Module


class AttentionParts(Module):
    training: bool

    # Causal attention within sequences, as causal_attention: [o] and what is saved.
    def causal(
        self, q: Tensor, k: Tensor, v: Tensor, lengths: Tensor, n: int, scale: float, window: int,
        cap: float, kept: Optional[Tensor], keep_scale: float
    ) -> List[Tensor]:
        m = k.size(1) * n // q.size(1)
        count = lengths.size(0)
        longest = int(lengths.max())
        if kept is None and self.run_together(lengths, q.size(0)):
            rows = longest * count
            if rows == q.size(0):
                return self.block(q, k, v, count, n, m, scale, window, cap, None, None, None, 1.0)
            place = self.places(lengths, longest).to(q.device)
            q0 = self.rows_in_zeros(q, place, rows)
            k0 = self.rows_in_zeros(k, place, rows)
            v0 = self.rows_in_zeros(v, place, rows)
            out = self.block(q0, k0, v0, count, n, m, scale, window, cap, None, None, None, 1.0)
            return [torch.index_select(out[0], 0, place)] + out[1:]
        sizes = [int(lengths[i]) for i in range(count)]
        ks = torch.split_with_sizes(k, sizes)
        vs = torch.split_with_sizes(v, sizes)
        outs: List[Tensor] = []
        saved: List[Tensor] = []
        drawn = 0
        for i, q0 in enumerate(torch.split_with_sizes(q, sizes)):
            used = drawn + n * sizes[i] * sizes[i]
            kept0 = kept[drawn:used] if kept is not None else None
            out = self.block(
                q0, ks[i], vs[i], 1, n, m, scale, window, cap, None, None, kept0, keep_scale
            )
            outs.append(out[0])
            saved += out[1:]
            drawn = used
        return [torch.cat(outs, 0)] + saved

    # the gradients of q, k and v
    def causal_back(
        self, g: Tensor, saved: List[Tensor], lengths: Tensor, n: int, m: int, scale: float,
        window: int, cap: float, kept: Optional[Tensor], keep_scale: float
    ) -> List[Tensor]:
        count = lengths.size(0)
        longest = int(lengths.max())
        if kept is None and self.run_together(lengths, g.size(0)):
            rows = longest * count
            if rows == g.size(0):
                return self.block_back(
                    g, saved, count, n, m, scale, window, cap, None, None, None, 1.0
                )
            place = self.places(lengths, longest).to(g.device)
            g0 = self.rows_in_zeros(g, place, rows)
            found = self.block_back(
                g0, saved, count, n, m, scale, window, cap, None, None, None, 1.0
            )
            return [torch.index_select(x, 0, place) for x in found]
        sizes = [int(lengths[i]) for i in range(count)]
        gq: List[Tensor] = []
        gk: List[Tensor] = []
        gv: List[Tensor] = []
        drawn = 0
        for i, g0 in enumerate(torch.split_with_sizes(g, sizes)):
            used = drawn + n * sizes[i] * sizes[i]
            kept0 = kept[drawn:used] if kept is not None else None
            own = saved[5 * i : 5 * i + 5]
            found = self.block_back(
                g0, own, 1, n, m, scale, window, cap, None, None, kept0, keep_scale
            )
            gq.append(found[0])
            gk.append(found[1])
            gv.append(found[2])
            drawn = used
        return [torch.cat(gq, 0), torch.cat(gk, 0), torch.cat(gv, 0)]

    def run_together(self, lengths: Tensor, n: int) -> bool:
        count = lengths.size(0)
        longest = int(lengths.max())
        rows = longest * count
        return rows == n or (count >= 8 and longest <= 256 and rows <= 2 * n)

    def places(self, lengths: Tensor, longest: int) -> Tensor:
        starts = torch.cumsum(lengths, 0) - lengths
        padded = torch.arange(lengths.size(0)) * longest
        moved = torch.repeat_interleave(padded - starts, lengths)
        return torch.arange(moved.size(0)) + moved

    def rows_in_zeros(self, x: Tensor, place: Tensor, count: int) -> Tensor:
        return x.new_zeros([count, x.size(1)]).index_copy_(0, place, x)

    # Groups of texts of like lengths, as grouped_attention; without masks, B texts of one length.
    def grouped(
        self, q: Tensor, k: Tensor, v: Tensor, n: int, texts: int, place: Optional[Tensor],
        masks: List[Tensor], bias: Optional[Tensor], kept: List[Tensor], keep_scale: float
    ) -> List[Tensor]:
        scale = float(q.size(1) // n) ** -0.5
        if place is None:
            kept0 = kept[0] if len(kept) > 0 else None
            return self.block(
                q, k, v, texts, n, n, scale, -1, 0.0, None, bias, kept0, keep_scale
            )
        whole = q.size(0) == place.size(0)
        qs = self.padded(q, masks, place) if whole else self.each(q, masks)
        ks = self.padded(k, masks, place)
        vs = self.padded(v, masks, place)
        outs: List[Tensor] = []
        saved: List[Tensor] = []
        for i, mask in enumerate(masks):
            kept0 = kept[i] if len(kept) > 0 else None
            out = self.block(
                qs[i], ks[i], vs[i], mask.size(0), n, n, scale, -1, 0.0, mask, bias, kept0,
                keep_scale
            )
            outs.append(out[0])
            saved += out[1:]
        y = torch.cat(outs)
        if whole:
            y = torch.index_select(y, 0, place)
        return [y] + saved

    def grouped_back(
        self, g: Tensor, saved: List[Tensor], n: int, texts: int, place: Optional[Tensor],
        masks: List[Tensor], bias: Optional[Tensor], kept: List[Tensor], keep_scale: float
    ) -> List[Tensor]:
        scale = float(g.size(1) // n) ** -0.5
        if place is None:
            kept0 = kept[0] if len(kept) > 0 else None
            return self.block_back(
                g, saved, texts, n, n, scale, -1, 0.0, None, bias, kept0, keep_scale
            )
        whole = g.size(0) == place.size(0)
        gs = self.padded(g, masks, place) if whole else self.each(g, masks)
        gq: List[Tensor] = []
        gk: List[Tensor] = []
        gv: List[Tensor] = []
        for i, mask in enumerate(masks):
            kept0 = kept[i] if len(kept) > 0 else None
            own = saved[5 * i : 5 * i + 5]
            found = self.block_back(
                gs[i], own, mask.size(0), n, n, scale, -1, 0.0, mask, bias, kept0, keep_scale
            )
            gq.append(found[0])
            gk.append(found[1])
            gv.append(found[2])
        out = torch.cat(gq)
        if whole:
            out = torch.index_select(out, 0, place)
        return [
            out,
            torch.index_select(torch.cat(gk), 0, place),
            torch.index_select(torch.cat(gv), 0, place),
        ]

    def each(self, x: Tensor, masks: List[Tensor]) -> List[Tensor]:
        return torch.split_with_sizes(x, [mask.size(0) for mask in masks])

    def padded(self, x: Tensor, masks: List[Tensor], place: Tensor) -> List[Tensor]:
        sizes = [mask.size(0) * mask.size(3) for mask in masks]
        return torch.split_with_sizes(self.rows_in_zeros(x, place, sum(sizes)), sizes)

    # A block: b sequences, q [b * T, n * d], k and v [b * t, m * d]. window: -1 without causality,
    # 0 for all earlier positions. Returns [o] and the five tensors.
    def block(
        self, q: Tensor, k: Tensor, v: Tensor, b: int, n: int, m: int, scale: float, window: int,
        cap: float, mask: Optional[Tensor], bias: Optional[Tensor], kept: Optional[Tensor],
        keep_scale: float
    ) -> List[Tensor]:
        t = k.size(0) // b
        if self.forms_all(q, t, cap, kept is not None):
            q0 = self.by_groups(q, b, n, m)
            k0 = self.by_groups(k, b, m, m)
            v0 = self.by_groups(v, b, m, m)
            outs: List[Tensor] = []
            parts = self.parts(q.size(0) // b, t, window)
            saved = q.new_empty([self.saved_count(parts, b * n, t, q)])
            done = 0
            for rows in parts:
                q1 = q0[:, rows[0] * (n // m) : rows[1] * (n // m)]
                k1 = k0[:, rows[2] : rows[3]]
                p = self.probabilities(q1, k1, b, rows, scale, window, cap, mask, bias)
                if saved.size(0) > 0:
                    own = saved[done : done + p.numel()].reshape(p.size()).copy_(p)
                    done += p.numel()
                    if kept is None:
                        p = own
                pd = self.dropped(p, kept, keep_scale, rows, m, t).to(q.dtype)
                outs.append(torch.bmm(pd, v0[:, rows[2] : rows[3]]))
            o = outs[0] if len(outs) == 1 else torch.cat(outs, 1)
            return [self.to_rows(o, b, n, m), q0, k0, v0, saved, q.new_empty([0])]
        q0 = self.heads(q, b, n)
        seen = self.additive(q0, t, window, mask, bias)
        causal = seen is None and window >= 0
        o, lse = self.fused(
            q0, self.repeated(k, b, n, m), self.repeated(v, b, n, m), causal, seen, scale
        )
        return [o.transpose(1, 2).reshape(q.size()), q, k, v, o, lse]

    def block_back(
        self, g: Tensor, saved: List[Tensor], b: int, n: int, m: int, scale: float, window: int,
        cap: float, mask: Optional[Tensor], bias: Optional[Tensor], kept: Optional[Tensor],
        keep_scale: float
    ) -> List[Tensor]:
        q, k, v, first, second = saved[0], saved[1], saved[2], saved[3], saved[4]
        if q.dim() == 3:
            t = k.size(1)
            g0 = self.by_groups(g, b, n, m)
            gq: List[Tensor] = []
            parts = self.parts(q.size(1) // (n // m), t, window)
            # the parts' shares are summed in float32 at least
            gk = self.wide(torch.zeros_like(k))
            gv = self.wide(torch.zeros_like(v))
            done = 0
            for rows in parts:
                q1 = q[:, rows[0] * (n // m) : rows[1] * (n // m)]
                g1 = g0[:, rows[0] * (n // m) : rows[1] * (n // m)]
                k1 = k[:, rows[2] : rows[3]]
                v1 = v[:, rows[2] : rows[3]]
                if first.size(0) > 0:
                    count = q1.size(0) * q1.size(1) * k1.size(1)
                    p = first[done : done + count].reshape([q1.size(0), q1.size(1), -1])
                    done += count
                else:
                    p = self.probabilities(q1, k1, b, rows, scale, window, cap, mask, bias)
                pd = self.dropped(p, kept, keep_scale, rows, m, t).to(g.dtype)
                gv[:, rows[2] : rows[3]].add_(torch.bmm(pd.transpose(1, 2), g1))
                gp = torch.bmm(g1, v1.transpose(1, 2)).to(p.dtype)
                gp = self.dropped(gp, kept, keep_scale, rows, m, t)
                gs = torch._softmax_backward_data(gp, p, -1, p.dtype)
                if cap > 0.0:
                    c = torch.bmm(self.wide(q1), self.wide(k1).transpose(1, 2))
                    c = c.mul_(scale / cap).tanh_()
                    gs = gs.mul_(1.0 - c.square_())
                gs = gs.mul_(scale).to(g.dtype)
                gq.append(torch.bmm(gs, k1))
                gk[:, rows[2] : rows[3]].add_(torch.bmm(gs.transpose(1, 2), q1))
            gq0 = gq[0] if len(gq) == 1 else torch.cat(gq, 1)
            return [
                self.to_rows(gq0, b, n, m),
                self.to_rows(gk.to(g.dtype), b, m, m),
                self.to_rows(gv.to(g.dtype), b, m, m),
            ]
        t = k.size(0) // b
        q0 = self.heads(q, b, n)
        seen = self.additive(q0, t, window, mask, bias)
        causal = seen is None and window >= 0
        gq, gk, gv = self.fused_back(
            self.heads(g, b, n), q0, self.repeated(k, b, n, m), self.repeated(v, b, n, m), first,
            second, causal, seen, scale
        )
        return [
            gq.transpose(1, 2).reshape(q.size()),
            self.summed(gk, b, n, m),
            self.summed(gv, b, n, m),
        ]

    # Whether all probabilities are formed: where the fused kernel cannot be used or is slower.
    def forms_all(self, q: Tensor, t: int, cap: float, drops: bool) -> bool:
        if drops or cap > 0.0 or not self.has_fused():
            return True
        longest = 512 if q.dtype == torch.float32 or q.dtype == torch.float64 else 1024
        return t <= longest

    # How many probabilities are saved for the backward pass: all of short sequences, of which they
    # are a small part of what a layer keeps; none of others, where they are formed again.
    def saved_count(self, parts: List[List[int]], heads: int, t: int, like: Tensor) -> int:
        longest = 64 if like.dtype == torch.float32 or like.dtype == torch.float64 else 256
        if t > longest:
            return 0
        count = 0
        for rows in parts:
            count += (rows[1] - rows[0]) * (rows[3] - rows[2])
        return count * heads

    # Parts of the queries with the keys that they can see: first and last + 1 of both. Of causal
    # attention a part of 64 queries leaves out the keys behind it.
    def parts(self, queries: int, t: int, window: int) -> List[List[int]]:
        if window < 0:
            return [[0, queries, 0, t]]
        out: List[List[int]] = []
        first = 0
        while first < queries:
            end = min(first + 64, queries)
            since = max(0, first - window + 1) if window > 0 else 0
            out.append([first, end, since, end])
            first = end
        return out

    # softmax(scale q kT) of q [b * m, T * g, d] and k [b * m, t, d], in float32 at least: a score
    # that is rounded to 16 bits is off by a percent in its exponential
    def probabilities(
        self, q: Tensor, k: Tensor, b: int, rows: List[int], scale: float, window: int,
        cap: float, mask: Optional[Tensor], bias: Optional[Tensor]
    ) -> Tensor:
        s = torch.bmm(self.wide(q), self.wide(k).transpose(1, 2))
        if cap > 0.0:
            s.mul_(scale / cap).tanh_().mul_(cap)
        else:
            s.mul_(scale)
        m0 = self.biased(mask, bias, s.size(1), s.size(2), q.dtype)
        if m0 is not None:
            s.reshape([b, -1, s.size(1), s.size(2)]).add_(m0)
        if window >= 0:
            s4 = s.reshape([s.size(0), rows[1] - rows[0], -1, s.size(2)])
            s4.add_(self.unseen(s4, rows, window).unsqueeze(1))
        return torch.softmax(s, -1)

    # A mask [b, 1, 1, t] and the bias of u queries and t keys: [b, n or 1, u, t]. No number is
    # lower than the lowest, so that softmax has a result where all is hidden.
    def biased(
        self, mask: Optional[Tensor], bias: Optional[Tensor], u: int, t: int, dtype: int
    ) -> Optional[Tensor]:
        m: Optional[Tensor] = None
        if mask is not None:
            m = torch.nan_to_num(mask.to(dtype))
        if bias is not None:
            own = torch.nan_to_num(bias[:, :u, :t].to(dtype)).unsqueeze(0)
            m = own if m is None else torch.nan_to_num(m + own)
        return m

    def wide(self, x: Tensor) -> Tensor:
        return x if x.dtype == torch.float64 else x.float()

    # [T, t] of 0 and -inf, for the queries and keys of a part
    def unseen(self, like: Tensor, rows: List[int], window: int) -> Tensor:
        i = torch.arange(rows[0], rows[1], device=like.device).unsqueeze(1)
        d = i - torch.arange(rows[2], rows[3], device=like.device).unsqueeze(0)
        hidden = d < 0
        if window > 0:
            hidden = torch.logical_or(hidden, d >= window)
        zeros = torch.zeros(hidden.size(), dtype=like.dtype, device=like.device)
        return zeros.masked_fill_(hidden, -inf)

    # the mask that the fused kernel adds: none where causality is all
    def additive(
        self, q: Tensor, t: int, window: int, mask: Optional[Tensor], bias: Optional[Tensor]
    ) -> Optional[Tensor]:
        if mask is not None or bias is not None:
            return self.biased(mask, bias, q.size(2), t, q.dtype)
        if window > 0 and t > window:
            return self.unseen(q, [0, q.size(2), 0, t], window)
        return None

    # p [b * m, T * g, t] of a part, times that of kept, which has [b, m, g, T, t] of all
    def dropped(
        self, p: Tensor, kept: Optional[Tensor], keep_scale: float, rows: List[int], m: int,
        t: int
    ) -> Tensor:
        if kept is None:
            return p
        g = p.size(1) // (rows[1] - rows[0])
        all = kept.reshape([p.size(0) // m, m, g, -1, t])
        part = all[:, :, :, rows[0] : rows[1], rows[2] : rows[3]]
        return (p * part.transpose(2, 3).reshape(p.size())).mul_(keep_scale)

    # [b * T, n * d] to [b, n, T, d], on the same memory
    def heads(self, x: Tensor, b: int, n: int) -> Tensor:
        return x.reshape([b, -1, n, x.size(1) // n]).transpose(1, 2)

    # [b * t, m * d] to [b, n, t, d]
    def repeated(self, x: Tensor, b: int, n: int, m: int) -> Tensor:
        y = self.heads(x, b, m)
        return y if n == m else y.repeat_interleave(n // m, 1)

    # the reverse: sums what was repeated
    def summed(self, x: Tensor, b: int, n: int, m: int) -> Tensor:
        y = x
        if n != m:
            y = x.reshape([b, m, n // m, x.size(2), x.size(3)]).sum([2])
        return y.transpose(1, 2).reshape([b * x.size(2), -1])

    # x of h heads, [b * T, h * d], to [b * m, T * h / m, d]
    def by_groups(self, x: Tensor, b: int, h: int, m: int) -> Tensor:
        d = x.size(1) // h
        y = x.reshape([b, -1, m, h // m, d]).transpose(1, 2)
        return y.reshape([b * m, -1, d])

    # the reverse
    def to_rows(self, x: Tensor, b: int, h: int, m: int) -> Tensor:
        d = x.size(2)
        y = x.reshape([b, m, -1, h // m, d]).transpose(1, 2)
        return y.reshape([-1, h * d])

    # needs the fused kernel
    def has_fused(self) -> bool:
        return True

    def has_fused(self) -> bool:
        return False

    # needs the fused kernel
    def fused(
        self, q: Tensor, k: Tensor, v: Tensor, causal: bool, mask: Optional[Tensor], scale: float
    ) -> Tuple[Tensor, Tensor]:
        return torch._scaled_dot_product_flash_attention_for_cpu(
            q, k, v, 0.0, causal, attn_mask=mask, scale=scale
        )

    def fused(
        self, q: Tensor, k: Tensor, v: Tensor, causal: bool, mask: Optional[Tensor], scale: float
    ) -> Tuple[Tensor, Tensor]:
        return (q, q)

    # needs the fused kernel
    def fused_back(
        self, g: Tensor, q: Tensor, k: Tensor, v: Tensor, o: Tensor, lse: Tensor, causal: bool,
        mask: Optional[Tensor], scale: float
    ) -> Tuple[Tensor, Tensor, Tensor]:
        return torch._scaled_dot_product_flash_attention_for_cpu_backward(
            g, q, k, v, o, lse, 0.0, causal, attn_mask=mask, scale=scale
        )

    def fused_back(
        self, g: Tensor, q: Tensor, k: Tensor, v: Tensor, o: Tensor, lse: Tensor, causal: bool,
        mask: Optional[Tensor], scale: float
    ) -> Tuple[Tensor, Tensor, Tensor]:
        return (q, k, v)
