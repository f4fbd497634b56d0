# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# Convolutions: x [N, in, ..], y [N, out, ..], a and lb as the adapter holds them, s the scaling.
from typing import List

import torch
from torch import Tensor
from torch.nn import Module


class Convolution(Module):
    training: bool

    # geometry: stride, padding and dilation, each of as many numbers as dimensions, and the groups
    def convolve(self, x: Tensor, w: Tensor, geometry: List[int]) -> Tensor:
        n = x.dim() - 2
        padding = geometry[n : 2 * n]
        dilation = geometry[2 * n : 3 * n]
        return torch.convolution(
            x, w, None, geometry[:n], padding, dilation, False, [0] * n, geometry[3 * n]
        )

    # down: the geometry of A's convolution, up: of B's; wide: in float32, cast to y's dtype once
    def add_convolution(
        self, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: float, down: List[int], up: List[int],
        wide: bool
    ) -> Tensor:
        x0 = x.float() if wide else x
        y0 = y.float() if wide else y
        h = self.convolve(x0, a.to(x0.dtype), down)
        return y0.add(self.convolve(h, lb.to(x0.dtype), up), alpha=s).to(y.dtype)

    # shape: of the weight that B A is seen as
    def add_weight_convolution(
        self, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: float, geometry: List[int],
        shape: List[int], wide: bool
    ) -> Tensor:
        x0 = x.float() if wide else x
        y0 = y.float() if wide else y
        w = (lb.float() @ a.float()).reshape(shape).to(x0.dtype)
        return y0.add(self.convolve(x0, w, geometry), alpha=s).to(y.dtype)
