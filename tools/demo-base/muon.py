# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Muon: momentum whose update is made orthogonal (Jordan et al. 2024, kellerjordan.github.io/posts/muon)."""
import torch


def orthogonal(g, steps=5):
    """For each [*, m, n] the nearest matrix with equal singular values, nearly, by a quintic Newton-Schulz iteration."""
    tall = g.shape[-2] > g.shape[-1]
    x = g.mT if tall else g
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """For matrices that map hidden states; embeddings and norms take AdamW. Matrices of one shape go together."""

    def __init__(self, params, lr=0.02, momentum=0.95, decay=0.0):
        shapes = {}
        for p in params:
            shapes.setdefault(p.shape, []).append(p)
        super().__init__([{"params": group} for group in shapes.values()], dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            params = group["params"]
            grads = torch.stack([p.grad for p in params])
            state = self.state[params[0]]
            m = state.setdefault("momentum", torch.zeros_like(grads))
            m.lerp_(grads, 1 - group["momentum"])
            updates = orthogonal(grads.lerp(m, group["momentum"]))
            scale = max(1, updates.shape[-2] / updates.shape[-1]) ** 0.5
            torch._foreach_mul_(params, 1 - group["lr"] * group["decay"])
            torch._foreach_add_(params, list(updates.unbind()), alpha=-group["lr"] * scale)
