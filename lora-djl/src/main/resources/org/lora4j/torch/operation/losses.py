# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# Losses as sums: logits [N, C]; labels int64 [N], in cross_entropy_sum -100 for none.
from typing import List

import torch
from torch import Tensor
from torch.nn import Module


class Losses(Module):
    training: bool

    def cross_entropy_sum(self, logits: Tensor, labels: Tensor) -> Tensor:
        return torch.cross_entropy_loss(logits.float(), labels, None, 2, -100, 0.0)

    def squared_error_sum(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.mse_loss(x.float(), y.float(), 2)

    def binary_cross_entropy_sum(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.binary_cross_entropy_with_logits(x.float(), y.float(), None, None, 2)

    # n sum(w l) / sum(w): the weighted mean of torch, times the number of rows
    def weighted_cross_entropy_sum(self, logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
        each = torch.cross_entropy_loss(logits.float(), labels, None, 0, -100, 0.0)
        return (each * weights).sum() * (weights.numel() / weights.sum())

    # Where a span of each of B texts begins and ends: x [N, 2]; places int64 [B, T], the row of each
    # token, -1 at padding; labels int64 [2 B], the columns of the starts, then of the ends.
    def span_loss_sum(self, x: Tensor, places: Tensor, labels: Tensor) -> Tensor:
        rows = torch.index_select(x.float(), 0, places.clamp(min=0).flatten())
        each = rows.reshape([places.size(0), -1, 2])
        own = each.masked_fill((places < 0).unsqueeze(-1), -float("inf"))
        both = torch.cat([own[..., 0], own[..., 1]], 0)
        return torch.cross_entropy_loss(both, labels, None, 2, -100, 0.0) / 2

    # The rows of which the probabilities are formed at once: on a CPU a few, so that they stay in
    # its caches.
    def rows_at_once(self, logits: Tensor) -> int:
        return logits.size(0) if logits.is_cuda else max(1, 1048576 // logits.size(1))

    # -log p of the labels; x logits and p their softmax [N, C], float32, labels [N, 1]. A label's own
    # p may be 0 in float32; that of the best class is not.
    def negative_rows(self, x: Tensor, p: Tensor, labels: Tensor) -> Tensor:
        normaliser = torch.amax(x, [-1], True) - torch.log(torch.amax(p, [-1], True))
        return (normaliser - torch.gather(x, 1, labels)).squeeze(1)

    # their sum, in float64
    def negative_sum(self, x: Tensor, p: Tensor, labels: Tensor) -> Tensor:
        return self.negative_rows(x, p, labels).sum(dtype=torch.float64)

    def cross_entropy_value(self, logits: Tensor, labels: Tensor) -> Tensor:
        rows = self.rows_at_once(logits)
        index = labels.unsqueeze(1)
        loss = torch.zeros([], dtype=torch.float64, device=logits.device)
        for first in range(0, logits.size(0), rows):
            end = first + rows
            x = logits[first:end].detach().float()
            loss += self.negative_sum(x, torch.softmax(x, -1), index[first:end])
        return loss

    # the sum, and softmax(logits) - one-hot(labels)
    def cross_entropy_gradient(self, logits: Tensor, labels: Tensor) -> List[Tensor]:
        rows = self.rows_at_once(logits)
        index = labels.unsqueeze(1)
        minus = -torch.ones_like(index, dtype=torch.float32)
        loss = torch.zeros([], dtype=torch.float64, device=logits.device)
        gradient = torch.empty_like(logits)
        for first in range(0, logits.size(0), rows):
            end = first + rows
            x = logits[first:end].detach().float()
            p = torch.softmax(x, -1)
            loss += self.negative_sum(x, p, index[first:end])
            gradient[first:end].copy_(p.scatter_add_(1, index[first:end], minus[first:end]))
        return [loss, gradient]

    # each row's loss in float64, and softmax(logits) - one-hot(labels)
    def cross_entropy_rows(self, logits: Tensor, labels: Tensor) -> List[Tensor]:
        index = labels.unsqueeze(1)
        minus = -torch.ones_like(index, dtype=torch.float32)
        gradient = torch.empty_like(logits)
        found: List[Tensor] = []
        rows = self.rows_at_once(logits)
        for first in range(0, logits.size(0), rows):
            end = first + rows
            x = logits[first:end].detach().float()
            p = torch.softmax(x, -1)
            found.append(self.negative_rows(x, p, index[first:end]))
            gradient[first:end].copy_(p.scatter_add_(1, index[first:end], minus[first:end]))
        return [torch.cat(found).double(), gradient]

    # each row of g times its weight, rounded to g's dtype first as the factor of a whole loss is
    def weigh_rows(self, g: Tensor, weights: Tensor) -> Tensor:
        return g * weights.to(g.dtype).unsqueeze(1)

    # log softmax(logits) at each row's label, in float64
    def label_log_probabilities(self, logits: Tensor, labels: Tensor) -> Tensor:
        index = labels.unsqueeze(1)
        found: List[Tensor] = []
        rows = self.rows_at_once(logits)
        for first in range(0, logits.size(0), rows):
            p = torch.log_softmax(logits[first:first + rows].detach().float(), -1)
            found.append(torch.gather(p, 1, index[first:first + rows]))
        return torch.cat(found).squeeze(1).double()

    # slope (one-hot(label) - softmax(logits)) for each row
    def weighted_gradient(self, logits: Tensor, labels: Tensor, slopes: Tensor) -> Tensor:
        index = labels.unsqueeze(1)
        minus = -torch.ones_like(index, dtype=torch.float32)
        factors = -slopes.float().unsqueeze(1)
        gradient = torch.empty_like(logits)
        rows = self.rows_at_once(logits)
        for first in range(0, logits.size(0), rows):
            end = first + rows
            p = torch.softmax(logits[first:end].detach().float(), -1)
            p = p.scatter_add_(1, index[first:end], minus[first:end])
            gradient[first:end].copy_(p.mul_(factors[first:end]))
        return gradient
