# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# Attention. Letters: B texts or S sequences, T positions, N rows of all sequences one after
# another, n heads, m heads of keys (groups), d channels of a head.
from math import inf
from typing import List, Optional

import torch
from torch import Tensor
from torch.nn import Module


class Attention(Module):
    training: bool

    # Whole hidden states: q, k, v [B, T, n * d]; mask broadcastable to [B, n, T, T]; kept
    # [B, n, T, T].
    def attention(
        self, q: Tensor, k: Tensor, v: Tensor, n: int, mask: Optional[Tensor],
        kept: Optional[Tensor], keep_scale: float
    ) -> Tensor:
        q0 = self.heads(q, n)
        k0 = self.heads(k, n)
        v0 = self.heads(v, n)
        if mask is not None:
            mask = mask.to(q.dtype)
        o = self.attend_unless_dropped(q0, k0, v0, mask, kept, keep_scale).transpose(1, 2)
        return o.reshape([o.size(0), o.size(1), -1])

    # The same of q [B, T or 1, n * d] and k, v [B, T, n * d] with a bias [n or 1, T, T].
    def biased_attention(
        self, q: Tensor, k: Tensor, v: Tensor, n: int, bias: Optional[Tensor],
        kept: Optional[Tensor], keep_scale: float
    ) -> Tensor:
        mask = self.biased(None, bias, q.size(1), k.size(1), q.dtype)
        return self.attention(q, k, v, n, mask, kept, keep_scale)

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

    def heads(self, x: Tensor, n: int) -> Tensor:
        return x.reshape([x.size(0), x.size(1), n, -1]).transpose(1, 2)

    # Dropping probabilities, the softmax is in float32.
    def attend_unless_dropped(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor], kept: Optional[Tensor],
        keep_scale: float
    ) -> Tensor:
        if kept is None:
            return torch.scaled_dot_product_attention(q, k, v, mask, 0.0, False)
        s = (q * (1.0 / torch.sqrt(q.size(-1)))) @ k.transpose(-2, -1)
        if mask is not None:
            s = s + mask
        p = torch.softmax(s, -1, torch.float32)
        return (p * kept).mul_(keep_scale).to(v.dtype) @ v

    # Groups of texts of like lengths: q [N, n * d], or [B, n * d] for one query each; k, v
    # [N, n * d]; for each group masks [b, 1, 1, t] and kept [b, n, t or 1, t], or no kept at all;
    # place [N]: where each row of k stands when each group is padded and the groups follow one
    # another; bias [n or 1, T, T] of the longest text.
    def grouped_attention(
        self, q: Tensor, k: Tensor, v: Tensor, n: int, place: Tensor, masks: List[Tensor],
        bias: Optional[Tensor], kept: List[Tensor], keep_scale: float
    ) -> Tensor:
        whole = q.size(0) == place.size(0)
        if whole:
            qs = self.padded(q, masks, place)
        else:
            qs = torch.split_with_sizes(q, [mask.size(0) for mask in masks])
        ks = self.padded(k, masks, place)
        vs = self.padded(v, masks, place)
        out: List[Tensor] = []
        for i, mask in enumerate(masks):
            q0 = self.group_heads(qs[i], mask, n)
            k0 = self.group_heads(ks[i], mask, n)
            v0 = self.group_heads(vs[i], mask, n)
            mask0 = self.biased(mask, bias, q0.size(2), k0.size(2), q.dtype)
            kept0 = kept[i] if len(kept) > 0 else None
            o = self.attend_unless_dropped(q0, k0, v0, mask0, kept0, keep_scale)
            out.append(o.transpose(1, 2).reshape([-1, q.size(1)]))
        y = torch.cat(out)
        if whole:
            y = torch.index_select(y, 0, place)
        return y

    def padded(self, x: Tensor, masks: List[Tensor], place: Tensor) -> List[Tensor]:
        sizes = [mask.size(0) * mask.size(3) for mask in masks]
        return torch.split_with_sizes(self.rows_in_zeros(x, place, sum(sizes)), sizes)

    def group_heads(self, x: Tensor, mask: Tensor, n: int) -> Tensor:
        return x.reshape([mask.size(0), -1, n, x.size(1) // n]).transpose(1, 2)

    def rows_in_zeros(self, x: Tensor, place: Tensor, count: int) -> Tensor:
        return x.new_zeros([count, x.size(1)]).index_copy_(0, place, x)

    # Rotary positions: x [N, n * d], cos and sin [N, r], r at most d, in halves as Hugging Face
    # lays them out.
    def rotary(self, x: Tensor, cos: Tensor, sin: Tensor, n: int) -> Tensor:
        y = x.reshape([x.size(0), n, -1])
        c = cos.unsqueeze(1).to(x.dtype)
        s = sin.unsqueeze(1).to(x.dtype)
        return self.turn_heads(y, c, s).reshape(x.size())

    def turn_heads(self, x: Tensor, c: Tensor, s: Tensor) -> Tensor:
        d = x.size(-1)
        r = c.size(-1)
        if r == d:
            return self.turn(x, c, s)
        return torch.cat([self.turn(x[..., :r], c, s), x[..., r:d]], -1)

    def turn(self, x: Tensor, c: Tensor, s: Tensor) -> Tensor:
        h = x.size(-1) // 2
        return x * c + torch.cat([-x[..., h:], x[..., :h]], -1) * s

    # Causal attention within sequences: q [N, n * d], k and v [N, m * d], lengths [S] on the CPU.
    # Each row sees those of its sequence up to itself, and at most window of them where window is
    # above 0. kept: [n, t, t] of each sequence, one after another. Sequences of one length run
    # together, and so do many short ones, padded on the right, where nothing sees the padding.
    def causal_attention(
        self, q: Tensor, k: Tensor, v: Tensor, lengths: Tensor, n: int, scale: float, window: int,
        cap: float, kept: Optional[Tensor], keep_scale: float
    ) -> Tensor:
        count = lengths.size(0)
        longest = int(lengths.max())
        rows = longest * count
        if kept is None and rows == q.size(0):
            return self.attend(q, k, v, count, n, scale, window, cap, None, 1.0)
        if kept is None and count >= 8 and longest <= 256 and rows <= 2 * q.size(0):
            place = self.places(lengths, longest).to(q.device)
            q0 = self.rows_in_zeros(q, place, rows)
            k0 = self.rows_in_zeros(k, place, rows)
            v0 = self.rows_in_zeros(v, place, rows)
            o = self.attend(q0, k0, v0, count, n, scale, window, cap, None, 1.0)
            return torch.index_select(o, 0, place)
        sizes = [int(lengths[i]) for i in range(count)]
        ks = torch.split_with_sizes(k, sizes)
        vs = torch.split_with_sizes(v, sizes)
        outs: List[Tensor] = []
        drawn = 0
        for i, q0 in enumerate(torch.split_with_sizes(q, sizes)):
            used = drawn + n * sizes[i] * sizes[i]
            kept0 = kept[drawn:used] if kept is not None else None
            o = self.attend(q0, ks[i], vs[i], 1, n, scale, window, cap, kept0, keep_scale)
            outs.append(o)
            drawn = used
        return torch.cat(outs, 0)

    # where each row stands when each sequence is padded to the longest
    def places(self, lengths: Tensor, longest: int) -> Tensor:
        starts = torch.cumsum(lengths, 0) - lengths
        padded = torch.arange(lengths.size(0)) * longest
        moved = torch.repeat_interleave(padded - starts, lengths)
        return torch.arange(moved.size(0)) + moved

    # b sequences of one length
    def attend(
        self, q: Tensor, k: Tensor, v: Tensor, b: int, n: int, scale: float, window: int,
        cap: float, kept: Optional[Tensor], keep_scale: float
    ) -> Tensor:
        d = q.size(1) // n
        q0 = self.wide(q).reshape([b, -1, n, d]).transpose(1, 2)
        k0 = self.repeated(self.wide(k), b, n, d)
        v0 = self.repeated(self.wide(v), b, n, d)
        if cap > 0.0 or kept is not None:
            hidden = torch.logical_not(self.seen(q0, window))
            p = torch.softmax(self.scores(q0, k0, scale, cap).masked_fill(hidden, -inf), -1)
            if kept is not None:
                p = (p * kept.reshape(p.size())).mul_(keep_scale)
            o = p @ v0
        elif window > 0 and q0.size(2) > window:
            seen = self.seen(q0, window)
            o = torch.scaled_dot_product_attention(q0, k0, v0, seen, 0.0, False, scale=scale)
        else:
            o = torch.scaled_dot_product_attention(q0, k0, v0, None, 0.0, True, scale=scale)
        return o.transpose(1, 2).reshape(q.size()).to(q.dtype)

    # in float32 at least
    def wide(self, x: Tensor) -> Tensor:
        return x if x.dtype == torch.float64 else x.float()

    # x [b * T, m * d] to [b, n, T, d]
    def repeated(self, x: Tensor, b: int, n: int, d: int) -> Tensor:
        y = x.reshape([b, -1, x.size(1) // d, d])
        t = y.size(1)
        m = y.size(2)
        if n != m:
            y = y.unsqueeze(3).expand([b, t, m, n // m, d]).reshape([b, t, n, d])
        return y.transpose(1, 2)

    # cap * tanh(score / cap) where cap is above 0
    def scores(self, q: Tensor, k: Tensor, scale: float, cap: float) -> Tensor:
        s = (q @ k.transpose(-2, -1)) * scale
        if cap > 0.0:
            s = torch.tanh(s / cap) * cap
        return s

    # [T, T]
    def seen(self, q: Tensor, window: int) -> Tensor:
        p = torch.arange(q.size(2), device=q.device)
        d = p.unsqueeze(1) - p.unsqueeze(0)
        seen = d >= 0
        if window > 0:
            seen = torch.logical_and(seen, d < window)
        return seen

    # Kept keys and values [S, m, C, d]: k and v [N, m * d], lengths [S] on the CPU. What lies
    # before a shorter sequence is zero. Columns are not read before they are written, so they
    # begin as the memory was, which the system need not even have given.
    def keep(self, k: Tensor, v: Tensor, lengths: Tensor, m: int, capacity: int) -> List[Tensor]:
        d = k.size(1) // m
        count = lengths.size(0)
        longest = int(lengths.max())
        keys = k.new_empty([count, m, capacity, d])
        values = v.new_empty([count, m, capacity, d])
        start = 0
        for i in range(count):
            t = int(lengths[i])
            end = start + t
            k0 = k[start:end].reshape([t, m, d]).transpose(0, 1)
            v0 = v[start:end].reshape([t, m, d]).transpose(0, 1)
            keys[i][:, : longest - t].zero_()
            values[i][:, : longest - t].zero_()
            keys[i][:, longest - t : longest].copy_(k0)
            values[i][:, longest - t : longest].copy_(v0)
            start = end
        return [keys, values]

    # One token of each sequence: q [S, n * d], k and v [S, m * d]; cos and sin [S, r] turn q and k
    # first. The heads that share a group's keys are the rows of one small product with them, so
    # nothing is repeated. mask [S, 1, 1, T] is added to the scores. 16-bit products accumulate in
    # float32.
    def attend_kept(
        self, q: Tensor, k: Tensor, v: Tensor, cos: Optional[Tensor], sin: Optional[Tensor],
        keys: Tensor, values: Tensor, at: int, first: int, mask: Optional[Tensor], scale: float,
        cap: float
    ) -> Tensor:
        b = keys.size(0)
        m = keys.size(1)
        d = keys.size(3)
        end = at + 1
        if cos is not None and sin is not None:
            y = torch.cat([q, k], 1).reshape([b, -1, d])
            n = y.size(1) - m
            z = self.turn_heads(y, cos.unsqueeze(1), sin.unsqueeze(1))
            q0 = z[:, :n].reshape([b, m, -1, d])
            keys[:, :, at:end].copy_(z[:, n:].unsqueeze(2))
        else:
            q0 = q.reshape([b, m, -1, d])
            keys[:, :, at:end].copy_(k.reshape([b, m, 1, d]))
        values[:, :, at:end].copy_(v.reshape([b, m, 1, d]))
        k0 = keys[:, :, first:end]
        v0 = values[:, :, first:end]
        if cap > 0.0:
            s = self.scores(q0.float(), k0.float(), scale, cap)
            if mask is not None:
                s = s + mask
            o = (torch.softmax(s, -1) @ v0.float()).to(q.dtype)
        else:
            o = torch.scaled_dot_product_attention(q0, k0, v0, mask, 0.0, False, scale=scale)
        return o.reshape(q.size())

    # A mask [S, 1, 1, count] that hides the first hidden [S] columns of each sequence.
    def hidden_columns(self, like: Tensor, hidden: Tensor, count: int) -> Tensor:
        n = hidden.size(0)
        p = torch.arange(count, device=like.device).unsqueeze(0)
        m = p < hidden.to(like.device).unsqueeze(1)
        return like.new_zeros([n, count]).masked_fill(m, -inf).reshape([n, 1, 1, count])

    # Columns first to held, with room for more.
    def with_room(self, kept: List[Tensor], first: int, held: int, capacity: int) -> List[Tensor]:
        out: List[Tensor] = []
        for x in kept:
            y = x.new_empty([x.size(0), x.size(1), capacity, x.size(3)])
            y[:, :, : held - first].copy_(x[:, :, first:held])
            out.append(y)
        return out

    def take(self, kept: List[Tensor], which: Tensor) -> List[Tensor]:
        return [torch.index_select(x, 0, which) for x in kept]
