# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# Rows of all sequences lie one after another: x [N, H].
from typing import List

import torch
from torch import Tensor
from torch.nn import Module


class Rows(Module):
    training: bool

    # places [N]: where each row goes among n rows, the others zero
    def spread(self, x: Tensor, places: Tensor, n: int) -> Tensor:
        return x.new_zeros([n, x.size(1)]).index_copy_(0, places, x)

    def take(self, x: Tensor, places: Tensor) -> Tensor:
        return torch.index_select(x, 0, places)

    # rows that follow one another
    def span(self, x: Tensor, start: int, end: int) -> Tensor:
        return x.narrow(0, start, end - start)

    def join(self, parts: List[Tensor]) -> Tensor:
        return torch.cat(parts, 0)

    def columns(self, x: Tensor, start: int, end: int) -> Tensor:
        return x[..., start:end].contiguous()

    # [N, n * d] to [N, n, d]
    def heads(self, x: Tensor, n: int) -> Tensor:
        return x.reshape([x.size(0), n, -1])

    # [N, n, d] to [N, n * d]
    def joined(self, x: Tensor) -> Tensor:
        return x.reshape([x.size(0), -1])

    # [1, t, t]: zero for positions at most reach apart, the lowest number for others
    def band(self, like: Tensor, t: int, reach: int) -> Tensor:
        i = torch.arange(t, device=like.device)
        far = (i.unsqueeze(1) - i.unsqueeze(0)).abs() > reach
        lowest = -3.4028234663852886e38
        zeros = torch.zeros([t, t], dtype=torch.float32, device=like.device)
        return zeros.masked_fill_(far, lowest).unsqueeze(0)

    # the highest number of each row, and where it is
    def best(self, x: Tensor) -> List[Tensor]:
        values, indices = torch.max(x, 1)
        return [values, indices]

    # the logarithm of softmax at one place of each row
    def log_probabilities(self, x: Tensor, ids: Tensor) -> Tensor:
        return torch.log_softmax(x.float(), 1).gather(1, ids.unsqueeze(1)).squeeze(1)

    # rows of a table, in float32 at least
    def table_rows(self, w: Tensor, ids: Tensor) -> Tensor:
        rows = torch.index_select(w.detach(), 0, ids)
        return rows if rows.dtype == torch.float64 else rows.float()

    # slots [entries]: the place of each entry among the rows, or -1
    def replace_rows(
        self, y: Tensor, ids: Tensor, rows: Tensor, slots: Tensor, pad: int
    ) -> Tensor:
        at = torch.take(slots, ids)
        new = torch.embedding(rows, at.clamp(min=0), pad).to(y.dtype)
        return torch.where((at >= 0).unsqueeze(-1), new, y)

    def replace_columns(self, y: Tensor, x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        new = torch.linear(x, rows.to(x.dtype)).to(y.dtype)
        return torch.index_copy(y, y.dim() - 1, columns, new)

    def with_rows(self, w: Tensor, rows: Tensor, ids: Tensor) -> Tensor:
        return torch.index_copy(w.detach(), 0, ids, rows.detach().to(w.dtype))

    def real_ids(self, ids: Tensor) -> Tensor:
        return ids.clamp(min=0)

    # v [P, size]: the row of the id -1 is the first
    def virtual_rows(self, y: Tensor, ids: Tensor, v: Tensor, scale: float) -> Tensor:
        new = torch.embedding(v, (-1 - ids).clamp(min=0), -1)
        if scale != 1.0:
            new = new * scale
        return torch.where((ids < 0).unsqueeze(-1), new.to(y.dtype), y)

    # masks [rows, 2 hidden] of all layers of the LSTM but the last
    def encode_prompt_dropped(
        self, tensors: List[Tensor], layers: int, masks: List[Tensor], scale: float
    ) -> Tensor:
        x = tensors[0]
        hidden = tensors[2].size(1)
        zeros = x.new_zeros([2, 1, hidden])
        for i in range(layers):
            own = tensors[1 + 8 * i : 9 + 8 * i]
            x = torch.lstm(x.unsqueeze(0), [zeros, zeros], own, True, 1, 0.0, False, True, True)[
                0
            ].squeeze(0)
            if i < layers - 1:
                x = x * masks[i].to(x.dtype) * scale
        at = 1 + 8 * layers
        x = torch.relu(torch.linear(x, tensors[at], tensors[at + 1]))
        return torch.linear(x, tensors[at + 2], tensors[at + 3])

    def encode_prompt(self, tensors: List[Tensor], layers: int) -> Tensor:
        x = tensors[0]
        at = 1
        if layers > 0:
            at = 1 + 8 * layers
            hidden = tensors[2].size(1)
            zeros = x.new_zeros([2 * layers, 1, hidden])
            x = torch.lstm(
                x.unsqueeze(0),
                [zeros, zeros],
                tensors[1:at],
                True,
                layers,
                0.0,
                False,
                True,
                True,
            )[0].squeeze(0)
        while at < len(tensors):
            x = torch.linear(x, tensors[at], tensors[at + 1])
            at += 2
            if at < len(tensors):
                x = torch.relu(x)
        return x
