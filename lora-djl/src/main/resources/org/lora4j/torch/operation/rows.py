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

    # the highest number of each row, and where it is
    def best(self, x: Tensor) -> List[Tensor]:
        values, indices = torch.max(x, 1)
        return [values, indices]

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
