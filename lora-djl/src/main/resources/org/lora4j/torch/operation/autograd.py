# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# Gradients, and arithmetic on lists of them.
from typing import List, Optional

import torch
from torch import Tensor
from torch.nn import Module


class Autograd(Module):
    training: bool

    # the gradient of a scalar with respect to each of xs; zeros where the loss depends on none
    def gradients(self, loss: Tensor, xs: List[Tensor]) -> List[Tensor]:
        found = torch.autograd.grad([loss], xs, None, None, False, True)
        return self.found_or_zeros(found, xs, [loss])

    def pullback(self, y: Tensor, dy: Tensor, xs: List[Tensor]) -> List[Tensor]:
        return self.found_or_zeros(self.pulled_back([y], [dy], xs), xs, [dy])

    def pulled_back(
        self, ys: List[Tensor], dys: List[Tensor], xs: List[Tensor]
    ) -> List[Optional[Tensor]]:
        given: List[Optional[Tensor]] = []
        for dy in dys:
            given.append(dy)
        return torch.autograd.grad(ys, xs, given, None, False, True)

    # as pullback, without zeros; the last of the results holds for each of xs 1 where a y depends on
    # it, whose gradient is among the others in order, else 0
    def pullback_found(
        self, ys: List[Tensor], dys: List[Tensor], xs: List[Tensor]
    ) -> List[Tensor]:
        flags = torch.zeros([len(xs)], dtype=torch.float32)
        recorded: List[Tensor] = []
        given: List[Tensor] = []
        for y, dy in zip(ys, dys):
            if y.requires_grad:
                recorded.append(y)
                given.append(dy)
        present: List[Tensor] = []
        if len(recorded) > 0:
            found = self.pulled_back(recorded, given, xs)
            for i, g in enumerate(found):
                if g is not None:
                    flags[i].fill_(1.0)
                    present.append(g)
        out = self.own_memory(present, given)
        out.append(flags)
        return out

    def found_or_zeros(
        self, found: List[Optional[Tensor]], xs: List[Tensor], others: List[Tensor]
    ) -> List[Tensor]:
        out: List[Tensor] = []
        for g, x in zip(found, xs):
            if g is not None:
                out.append(g)
            else:
                out.append(torch.zeros_like(x))
        return self.own_memory(out, others)

    # Autograd may return one tensor, or views of one, for several arrays, the gradient that it was
    # given, or a single number seen as an array. These are copied, so that each gradient may be
    # written in place. Tensors that share memory share the version that every write raises, and
    # writing nothing raises it as well.
    def own_memory(self, found: List[Tensor], others: List[Tensor]) -> List[Tensor]:
        versions = [g._version() for g in found]
        version = self.versions(others)
        out: List[Tensor] = []
        for g, before in zip(found, versions):
            shared = g._version() != before
            g.as_strided([0], [1]).zero_()
            if shared or self.versions(others) != version:
                version = self.versions(others)
                out.append(g.clone(memory_format=torch.contiguous_format))
            elif not g.is_contiguous() and 0 in g.stride():
                out.append(g.clone(memory_format=torch.contiguous_format))
            else:
                out.append(g)
        return out

    def versions(self, xs: List[Tensor]) -> int:
        sum = 0
        for x in xs:
            sum += x._version()
        return sum

    # total, with the gradients gs with respect to xs
    def with_gradients(self, total: Tensor, xs: List[Tensor], gs: List[Tensor]) -> Tensor:
        s = torch.zeros_like(total)
        for x, g in zip(xs, gs):
            s = s + (x * g.to(x.dtype)).sum(dtype=torch.float32)
        return total + (s - s.detach())

    def records(self, x: Tensor) -> int:
        return 1 if x.requires_grad else 0

    def is_leaf(self, x: Tensor) -> int:
        return 1 if x.is_leaf else 0

    # how often x was written
    def version(self, x: Tensor) -> int:
        return x._version()

    def handle(self, x: Tensor) -> Tensor:
        return x

    def add_into(self, into: List[Tensor], xs: List[Tensor]) -> Tensor:
        torch._foreach_add_(into, xs)
        return into[0]

    def scale(self, xs: List[Tensor], factor: float) -> Tensor:
        torch._foreach_mul_(xs, factor)
        return xs[0]

    def norm(self, xs: List[Tensor]) -> Tensor:
        return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(xs, 2)))

    def clip(self, xs: List[Tensor], bound: float) -> Tensor:
        norm = self.norm(xs)
        factor = torch.reciprocal(norm + 1e-6) * bound
        torch._foreach_mul_(xs, torch.clamp(factor, None, 1.0))
        return norm
