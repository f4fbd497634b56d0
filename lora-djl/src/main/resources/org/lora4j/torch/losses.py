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

    # p: log-probabilities [N, C], labels [N, 1]; the sum in float64
    def negative_sum(self, p: Tensor, labels: Tensor) -> Tensor:
        return -torch.gather(p, 1, labels).sum(dtype=torch.float64)

    def log_probabilities(self, logits: Tensor) -> Tensor:
        return torch.log_softmax(logits.detach().float(), -1)

    def cross_entropy_value(self, logits: Tensor, labels: Tensor) -> Tensor:
        return self.negative_sum(self.log_probabilities(logits), labels.unsqueeze(1))

    # the sum, and softmax(logits) - one-hot(labels)
    def cross_entropy_gradient(self, logits: Tensor, labels: Tensor) -> List[Tensor]:
        p = self.log_probabilities(logits)
        index = labels.unsqueeze(1)
        loss = self.negative_sum(p, index)
        minus = -torch.ones_like(index, dtype=torch.float32)
        gradient = p.exp_().scatter_add_(1, index, minus)
        return [loss, gradient.to(logits.dtype)]
