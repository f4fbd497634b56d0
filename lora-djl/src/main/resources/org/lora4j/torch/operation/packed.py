# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# Weights in 4 and 8 bits, as bitsandbytes 0.50 packs and unpacks them on a CPU.
#
# w [out, in], its numbers flat in blocks; codes, scales and the rest as in Nf4Weight and Int8Weight.
from typing import List, Optional

import torch
from torch import Tensor
from torch.nn import Module


class Packed(Module):
    training: bool

    # NF4: quantiles of a normal distribution, and zero (Dettmers et al. 2023, appendix E).
    def nf4(self, like: Tensor) -> Tensor:
        return torch.tensor(
            [
                -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
                -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
                0.07958029955625534, 0.16093020141124725, 0.24611230194568634,
                0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
                0.7229568362236023, 1.0
            ],
            dtype=torch.float32, device=like.device
        )

    # the two numbers that each value of a byte stands for
    def nf4_pairs(self, like: Tensor) -> Tensor:
        code = self.nf4(like)
        return torch.stack([code.repeat_interleave(16), code.repeat([16])], -1)

    # The signed dynamic map of 8 bits (Dettmers 2015, arXiv:1511.04561): seven decades, each with
    # twice the numbers of the one below.
    def dynamic_map(self, like: Tensor) -> Tensor:
        parts: List[Tensor] = []
        for i in range(7):
            edges = torch.linspace(0.1, 1.0, (1 << i) + 1, dtype=torch.float32)
            means = (edges[:-1] + edges[1:]) / 2.0
            scaled = means * 10.0 ** (i - 6)
            parts.append(scaled)
            parts.append(-scaled)
        parts.append(torch.zeros([1], dtype=torch.float32))
        parts.append(torch.ones([1], dtype=torch.float32))
        return torch.cat(parts).sort()[0].to(like.device)

    # For each sixteenth of [-1, 1] the code of its lowest number, and where in it the next begins:
    # there is one such place at most.
    def nf4_cells(self, like: Tensor) -> List[Tensor]:
        code = self.nf4(like)
        bounds = (code[:-1] + code[1:]) / 2
        edges = torch.linspace(-1.0, 1.0, 33, dtype=torch.float32, device=like.device)
        first = torch.bucketize(edges, bounds).float()
        place = ((bounds + 1) * 16).long()
        return [first, torch.full_like(edges, 2.0).index_copy(0, place, bounds)]

    # the codes of x in [-1, 1]: of two numbers that are as near, the lower one; any for NaN
    def nf4_codes(self, x: Tensor, cells: List[Tensor]) -> Tensor:
        cell = ((x + 1) * 16).long().clamp_(0, 32)
        q = torch.gather(cells[0], 0, cell)
        return q.add_(torch.gt(x, torch.gather(cells[1], 0, cell)))

    # w in NF4: [codes, scales]. step: how many numbers at once, a multiple of two blocks
    def to_nf4(self, w: Tensor, block: int, step: int) -> List[Tensor]:
        flat = w.reshape([-1])
        n = flat.numel()
        cells = self.nf4_cells(w)
        codes = torch.empty([(n + 1) // 2], dtype=torch.uint8, device=w.device)
        scales = torch.empty([(n + block - 1) // block], dtype=torch.float32, device=w.device)
        at = 0
        while at < n:
            end = min(at + step, n)
            part = flat[at:end].float()
            full = (end - at) // block * block
            s = scales[at // block:(at + full) // block]
            if full > 0:
                whole = part[:full].reshape([-1, block])
                s.copy_(whole.abs().amax([1]))
                whole = whole * s.clamp(min=1e-38).reciprocal().unsqueeze(1)
                q = self.nf4_codes(whole.reshape([-1]).clamp_(-1, 1), cells)
            else:
                q = part[:0]
            if at + full < end:
                rest = part[full:]
                last = rest.abs().amax([0]).clamp(min=1e-38)
                scales[-1:].copy_(last.reshape([1]))
                q = torch.cat([q, self.nf4_codes(torch.div(rest, last).clamp_(-1, 1), cells)])
            if q.numel() % 2 == 1:
                q = torch.cat([q, q.new_full([1], 7)])
            pairs = q.reshape([-1, 2])
            codes[at // 2:(end + 1) // 2].copy_(pairs[:, 0] * 16 + pairs[:, 1])
            at = end
        return [codes, scales]

    # scales in 8 bits of a map: [codes, outer scales, offset]
    def nest(self, scales: Tensor, map: Tensor, block: int) -> List[Tensor]:
        offset = scales.mean()
        shifted = scales - offset
        n = shifted.numel()
        count = (n + block - 1) // block
        padded = shifted.new_zeros([count * block])
        padded[:n].copy_(shifted)
        rows = padded.reshape([count, block])
        outer = rows.abs().amax([1])
        unit = (rows * outer.reciprocal().unsqueeze(1)).clamp_(-1, 1)
        # one of 65,536 bins of [-1, 1], and the number next to the bin; multiplied and added with
        # one rounding, as bitsandbytes' compiled loop does
        half = (unit + 1) * 0.5
        bins = (half.double() * 65535 + 0.5).float().int()
        centre = (bins * 2).float() / 65535 - 1
        between = (map[:-1] + map[1:]) * 0.5
        q = torch.bucketize(centre, between, out_int32=True)
        q = q * (outer > 0).unsqueeze(1)
        return [q.reshape([-1])[:n].to(torch.uint8), outer, offset]

    # w in int8 by rows: [codes, scales]. step: how many rows at once
    def to_int8(self, w: Tensor, step: int) -> List[Tensor]:
        codes = torch.empty(w.size(), dtype=torch.int8, device=w.device)
        scales = torch.empty([w.size(0)], dtype=torch.float32, device=w.device)
        at = 0
        while at < w.size(0):
            rows = w[at:at + step].half()
            s = rows.abs().amax([1]).float()
            factor = s.reciprocal() * 127
            factor = torch.where(s > 0, factor, torch.zeros_like(factor))
            codes[at:at + step].copy_(torch.round(rows * factor.unsqueeze(1)))
            scales[at:at + step].copy_(s)
            at += step
        return [codes, scales]

    # x where every row has a factor; the last row may be shorter
    def times(self, x: Tensor, factors: Tensor, row: int) -> Tensor:
        full = x.numel() // row
        x[:full * row].reshape([full, row]).mul_(factors[:full].unsqueeze(1))
        if full * row < x.numel():
            x[full * row:].mul_(factors[full:])
        return x

    def scales(
        self, values: Tensor, outer: Optional[Tensor], map: Tensor, offset: float, block: int
    ) -> Tensor:
        if outer is None:
            return values
        found = torch.index_select(map, 0, values.int())
        return self.times(found, outer, block).add_(offset)

    # memory for n numbers of like's dtype
    def room(self, like: Tensor, n: int) -> Tensor:
        return torch.empty([n], dtype=like.dtype, device=like.device)

    # the numbers of NF4, written into room, [out, in]
    def from_nf4(
        self, room: Tensor, codes: Tensor, table: Tensor, block: int, values: Tensor,
        outer: Optional[Tensor], map: Tensor, offset: float, per: int, shape: List[int],
        step: int
    ) -> Tensor:
        s = self.scales(values, outer, map, offset, per)
        n = shape[0] * shape[1]
        out = room[:n]
        # a pair is looked up as one number of 8 bytes
        pairs = torch.view_as_complex(table)
        bytes = (min(step, n) + 1) // 2
        index = torch.empty([bytes], dtype=torch.int64, device=room.device)
        found = pairs.new_empty([bytes])
        at = 0
        while at < n:
            end = min(at + step, n)
            count = (end - at + 1) // 2
            index[:count].copy_(codes[at // 2:at // 2 + count])
            torch.gather(pairs, 0, index[:count], out=found[:count])
            w = torch.view_as_real(found[:count]).reshape([-1])[:end - at]
            out[at:end].copy_(self.times(w, s[at // block:(end + block - 1) // block], block))
            at = end
        return out.reshape(shape)

    # the numbers of int8, written into room, [out, in]
    def from_int8(self, room: Tensor, codes: Tensor, scales: Tensor) -> Tensor:
        out = room[:codes.numel()].reshape(codes.size())
        return out.copy_(codes).mul_((scales * (1.0 / 127.0)).unsqueeze(1))
