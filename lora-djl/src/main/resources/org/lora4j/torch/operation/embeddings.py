# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# Embeddings of texts, and their losses as sums. The numbers are those of sentence-transformers.
from typing import List

import torch
from torch import Tensor
from torch.nn import Module


class Embeddings(Module):
    training: bool

    # x [N, H], texts int64 [N]: the text of each row; weights [N]; scales [B]
    def weighted_sum(self, x: Tensor, texts: Tensor, weights: Tensor, scales: Tensor) -> Tensor:
        zeros = torch.zeros([scales.size(0), x.size(1)], dtype=x.dtype, device=x.device)
        sums = torch.index_add(zeros, 0, texts, x * weights.unsqueeze(1))
        return sums * scales.unsqueeze(1)

    # places int64 [B * T]: the rows of each text, its last one repeated
    def maximum(self, x: Tensor, places: Tensor, texts: int) -> Tensor:
        rows = torch.index_select(x, 0, places)
        return torch.amax(rows.reshape([texts, -1, x.size(1)]), [1])

    def joined(self, parts: List[Tensor]) -> Tensor:
        return torch.cat(parts, 1)

    def normalised(self, x: Tensor) -> Tensor:
        return x / x.norm(2, -1, True).clamp_min(1e-12)

    def first_dimensions(self, x: Tensor, size: int) -> Tensor:
        return self.normalised(x[..., 0:size])

    # e [C, B, D] in all that follows: the texts of B examples in C columns

    # -log softmax of the score of each anchor with its own positive, among all other columns' texts
    def ranking(self, e: Tensor, scale: float) -> Tensor:
        n = self.normalised(e)
        anchors = n[0]
        others = n[1:].reshape([-1, e.size(2)])
        scores = torch.matmul(anchors, others.t()) * scale
        own = torch.arange(e.size(1), device=e.device)
        return torch.cross_entropy_loss(scores, own, None, 2, -100, 0.0)

    def euclidean(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.pairwise_distance(x, y, 2.0, 1e-6, False)

    def cosine(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.cosine_similarity(x, y, 1, 1e-8)

    def triplet(self, e: Tensor, margin: float, cosine: bool) -> Tensor:
        if cosine:
            near = 1.0 - self.cosine(e[0], e[1])
            far = 1.0 - self.cosine(e[0], e[2])
        else:
            near = self.euclidean(e[0], e[1])
            far = self.euclidean(e[0], e[2])
        return torch.relu(near - far + margin).sum()

    def cosine_error(self, e: Tensor, scores: Tensor) -> Tensor:
        return torch.mse_loss(self.cosine(e[0], e[1]), scores, 2)

    # log(1 + sum exp(scale (cos j - cos i))) over all i whose true score is above that of j
    def cosent(self, e: Tensor, scores: Tensor, scale: float) -> Tensor:
        n = self.normalised(e)
        cosines = (n[0] * n[1]).sum(1) * scale
        differences = cosines.unsqueeze(0) - cosines.unsqueeze(1)
        above = scores.unsqueeze(1) > scores.unsqueeze(0)
        terms = differences.masked_fill(torch.logical_not(above), -float("inf")).flatten()
        zero = torch.zeros([1], dtype=terms.dtype, device=terms.device)
        return torch.logsumexp(torch.cat([zero, terms]), [0], False)

    def scaled_sum(self, parts: List[Tensor], weights: List[float]) -> Tensor:
        total = parts[0] * weights[0]
        for i in range(1, len(parts)):
            total = total + parts[i] * weights[i]
        return total

    # cosines of the first two columns [B]
    def cosines(self, e: Tensor, one: int, other: int) -> Tensor:
        n = self.normalised(e)
        return (n[one] * n[other]).sum(1)
