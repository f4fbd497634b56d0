# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# DeBERTa's attention, whose scores read relative positions beside contents, and its derivative.
# Letters: b texts of a group, N rows of all texts, n heads of d channels, u queries and t keys of a
# text, R relative positions in use.
from typing import List, Optional

import torch
from torch import Tensor
from torch.nn import Module


class Disentangled(Module):
    training: bool

    # The relative positions of t positions, in buckets whose width grows with the distance where
    # buckets is above 0: [which of the R rows each pair reads [t, t], the R rows of a table of
    # 2 span]. In float32 as transformers computes them.
    def positions(
        self, like: Tensor, t: int, span: int, buckets: int, longest: int
    ) -> List[Tensor]:
        i = torch.arange(t, device=like.device)
        apart = i.unsqueeze(1) - i.unsqueeze(0)
        if buckets > 0 and longest > 0:
            mid = buckets // 2
            near = torch.logical_and(apart < mid, apart > -mid)
            far = torch.where(near, torch.full_like(apart, mid - 1), apart.abs())
            most = torch.log(torch.tensor((longest - 1) / mid))
            steps = torch.ceil(torch.log(far / mid) / most * (mid - 1)) + mid
            bucket = torch.where(far <= mid, apart.to(steps.dtype), steps * torch.sign(apart))
            apart = bucket.to(torch.int64)
        at = torch.clamp(apart + span, 0, 2 * span - 1)
        first = int(at.min())
        rows = torch.arange(first, int(at.max()) + 1, device=like.device)
        return [at - first, rows]

    # q [N, n * d], or [B, n * d] for the first position of each text; k, v [N, n * d]; pk, pq
    # [R, n * d]: keys and queries of relative positions; at [T, T]: the row of each pair; place,
    # masks and kept as of grouped_attention, without masks for texts of one length.
    def attention(
        self, q: Tensor, k: Tensor, v: Tensor, pk: Optional[Tensor], pq: Optional[Tensor],
        at: Optional[Tensor], n: int, scale: float, texts: int, place: Optional[Tensor],
        masks: List[Tensor], kept: List[Tensor], keep_scale: float
    ) -> Tensor:
        pk0 = self.heads_of(pk, n)
        pq0 = self.heads_of(pq, n)
        if place is None:
            kept0 = kept[0] if len(kept) > 0 else None
            return self.block(
                q, k, v, pk0, pq0, at, texts, n, scale, None, kept0, keep_scale
            )
        whole = q.size(0) == place.size(0)
        qs = self.padded(q, masks, place) if whole else self.each(q, masks)
        ks = self.padded(k, masks, place)
        vs = self.padded(v, masks, place)
        outs: List[Tensor] = []
        for i, mask in enumerate(masks):
            kept0 = kept[i] if len(kept) > 0 else None
            outs.append(
                self.block(
                    qs[i], ks[i], vs[i], pk0, pq0, at, mask.size(0), n, scale, mask, kept0,
                    keep_scale
                )
            )
        y = torch.cat(outs)
        return torch.index_select(y, 0, place) if whole else y

    # the gradients of q, k, v and, as far as they are there, pk and pq
    def attention_back(
        self, g: Tensor, q: Tensor, k: Tensor, v: Tensor, pk: Optional[Tensor],
        pq: Optional[Tensor], at: Optional[Tensor], n: int, scale: float, texts: int,
        place: Optional[Tensor], masks: List[Tensor], kept: List[Tensor], keep_scale: float
    ) -> List[Tensor]:
        pk0 = self.heads_of(pk, n)
        pq0 = self.heads_of(pq, n)
        gpk = self.zeros_of(pk0)
        gpq = self.zeros_of(pq0)
        if place is None:
            kept0 = kept[0] if len(kept) > 0 else None
            found = self.block_back(
                g, q, k, v, pk0, pq0, gpk, gpq, at, texts, n, scale, None, kept0, keep_scale
            )
            return found + self.rows_of(gpk, q) + self.rows_of(gpq, q)
        whole = q.size(0) == place.size(0)
        gs = self.padded(g, masks, place) if whole else self.each(g, masks)
        qs = self.padded(q, masks, place) if whole else self.each(q, masks)
        ks = self.padded(k, masks, place)
        vs = self.padded(v, masks, place)
        gq: List[Tensor] = []
        gk: List[Tensor] = []
        gv: List[Tensor] = []
        for i, mask in enumerate(masks):
            kept0 = kept[i] if len(kept) > 0 else None
            found = self.block_back(
                gs[i], qs[i], ks[i], vs[i], pk0, pq0, gpk, gpq, at, mask.size(0), n, scale, mask,
                kept0, keep_scale
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
        ] + self.rows_of(gpk, q) + self.rows_of(gpq, q)

    def each(self, x: Tensor, masks: List[Tensor]) -> List[Tensor]:
        return torch.split_with_sizes(x, [mask.size(0) for mask in masks])

    def padded(self, x: Tensor, masks: List[Tensor], place: Tensor) -> List[Tensor]:
        sizes = [mask.size(0) * mask.size(3) for mask in masks]
        rows = x.new_zeros([sum(sizes), x.size(1)]).index_copy_(0, place, x)
        return torch.split_with_sizes(rows, sizes)

    # [R, n * d] to [n, R, d]
    def heads_of(self, x: Optional[Tensor], n: int) -> Optional[Tensor]:
        if x is None:
            return None
        return x.reshape([x.size(0), n, -1]).transpose(0, 1)

    # shares of the texts are summed in float32 at least
    def zeros_of(self, x: Optional[Tensor]) -> Optional[Tensor]:
        return None if x is None else self.wide(torch.zeros_like(x))

    # the reverse of heads_of, in the dtype of like
    def rows_of(self, x: Optional[Tensor], like: Tensor) -> List[Tensor]:
        out: List[Tensor] = []
        if x is not None:
            out.append(x.transpose(0, 1).reshape([x.size(1), -1]).to(like.dtype))
        return out

    # [b * t, n * d] to [b, n, t, d]
    def heads(self, x: Tensor, b: int, n: int) -> Tensor:
        return x.reshape([b, -1, n, x.size(1) // n]).transpose(1, 2)

    # the reverse
    def to_rows(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).reshape([x.size(0) * x.size(2), -1])

    def wide(self, x: Tensor) -> Tensor:
        return x if x.dtype == torch.float64 else x.float()

    def block(
        self, q: Tensor, k: Tensor, v: Tensor, pk: Optional[Tensor], pq: Optional[Tensor],
        at: Optional[Tensor], b: int, n: int, scale: float, mask: Optional[Tensor],
        kept: Optional[Tensor], keep_scale: float
    ) -> Tensor:
        q0 = self.heads(q, b, n)
        k0 = self.heads(k, b, n)
        p = self.probabilities(q0, k0, pk, pq, at, scale, mask)
        o = self.dropped(p, kept, keep_scale).to(v.dtype) @ self.heads(v, b, n)
        return self.to_rows(o)

    # softmax in float32 at least: [b, n, u, t]
    def probabilities(
        self, q: Tensor, k: Tensor, pk: Optional[Tensor], pq: Optional[Tensor],
        at: Optional[Tensor], scale: float, mask: Optional[Tensor]
    ) -> Tensor:
        s = self.wide(q) @ self.wide(k).transpose(-2, -1)
        if at is not None:
            own = self.pairs(at, q, k)
            if pk is not None:
                c = self.wide(q) @ self.wide(pk).transpose(-2, -1)
                s = s + torch.gather(c, -1, own)
            if pq is not None:
                c = self.wide(k) @ self.wide(pq).transpose(-2, -1)
                s = s + torch.gather(c, -1, own.transpose(-2, -1)).transpose(-2, -1)
        s = s * scale
        if mask is not None:
            s = s + torch.nan_to_num(mask.to(q.dtype))
        return torch.softmax(s, -1)

    # the rows of u queries and t keys: [b, n, u, t]
    def pairs(self, at: Tensor, q: Tensor, k: Tensor) -> Tensor:
        own = at[: q.size(2), : k.size(2)]
        return own.expand([q.size(0), q.size(1), q.size(2), k.size(2)])

    def dropped(self, p: Tensor, kept: Optional[Tensor], keep_scale: float) -> Tensor:
        return p if kept is None else (p * kept) * keep_scale

    # adds to gpk and gpq
    def block_back(
        self, g: Tensor, q: Tensor, k: Tensor, v: Tensor, pk: Optional[Tensor],
        pq: Optional[Tensor], gpk: Optional[Tensor], gpq: Optional[Tensor], at: Optional[Tensor],
        b: int, n: int, scale: float, mask: Optional[Tensor], kept: Optional[Tensor],
        keep_scale: float
    ) -> List[Tensor]:
        q0 = self.heads(q, b, n)
        k0 = self.heads(k, b, n)
        v0 = self.heads(v, b, n)
        g0 = self.heads(g, b, n)
        p = self.probabilities(q0, k0, pk, pq, at, scale, mask)
        gv = self.dropped(p, kept, keep_scale).to(g.dtype).transpose(-2, -1) @ g0
        gp = self.dropped((g0 @ v0.transpose(-2, -1)).to(p.dtype), kept, keep_scale)
        gs = torch._softmax_backward_data(gp, p, -1, p.dtype) * scale
        gq = gs @ self.wide(k0)
        gk = gs.transpose(-2, -1) @ self.wide(q0)
        if at is not None:
            own = self.pairs(at, q0, k0)
            if pk is not None and gpk is not None:
                c = gs.new_zeros([b, n, gs.size(2), pk.size(1)]).scatter_add_(-1, own, gs)
                gq = gq + c @ self.wide(pk)
                gpk.add_((c.transpose(-2, -1) @ self.wide(q0)).sum([0]))
            if pq is not None and gpq is not None:
                c = gs.new_zeros([b, n, gs.size(3), pq.size(1)]).scatter_add_(
                    -1, own.transpose(-2, -1), gs.transpose(-2, -1)
                )
                gk = gk + c @ self.wide(pq)
                gpq.add_((c.transpose(-2, -1) @ self.wide(k0)).sum([0]))
        return [
            self.to_rows(gq).to(q.dtype),
            self.to_rows(gk).to(k.dtype),
            self.to_rows(gv).to(v.dtype),
        ]
