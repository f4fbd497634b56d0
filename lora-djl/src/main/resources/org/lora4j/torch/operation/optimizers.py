# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# The update rules of torch.optim.AdamW and torch.optim.SGD in their for-each form, in place.
from typing import List

import torch
from torch import Tensor
from torch.nn import Module


class Optimizers(Module):
    training: bool

    # p parameters, g gradients, m means, v variances; step_size is negative
    def adam_w(
        self, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], decay: float,
        beta1: float, beta2: float, step_size: float, root2: float, eps: float
    ) -> Tensor:
        torch._foreach_mul_(p, decay)
        torch._foreach_lerp_(m, g, 1.0 - beta1)
        torch._foreach_mul_(v, beta2)
        torch._foreach_addcmul_(v, g, g, 1.0 - beta2)
        d = torch._foreach_sqrt(v)
        torch._foreach_div_(d, root2)
        torch._foreach_add_(d, eps)
        torch._foreach_addcdiv_(p, m, d, step_size)
        return p[0]

    def sgd(self, p: List[Tensor], g: List[Tensor], rate: float) -> Tensor:
        torch._foreach_add_(p, g, alpha=-rate)
        return p[0]
