# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# The parts of a layer and their derivatives, for passes without autograd's graph.
#
# g is the gradient of a part's result. Where a method takes into, the gradient of an input so far,
# it adds to it in place. x [.., in], y [.., out], w [out, in]; A is a [r, in], B is lb [out, r].
from numbers import Number as number
from typing import List, Optional

import torch
from torch import Tensor, ops
from torch.nn import Module


class Parts(Module):
    training: bool

    def rows(self, x: Tensor) -> Tensor:
        return x if x.dim() == 2 else x.reshape([-1, x.size(-1)])

    def sum_into(self, x: Tensor, into: Optional[Tensor]) -> Tensor:
        return x if into is None else into.add_(x)

    # Products with frozen weights; direct: by oneDNN itself.

    def linear(self, x: Tensor, w: Tensor, b: Optional[Tensor], direct: bool) -> Tensor:
        w = w.to(x.dtype)
        if b is not None:
            b = b.to(x.dtype)
        if direct and w.is_contiguous():
            return self.product(x, w, b)
        return torch.linear(x, w, b)

    # needs oneDNN
    def product(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
        scalars: List[Optional[number]] = []
        return ops.mkldnn._linear_pointwise(x, w, b, "none", scalars, "")

    def product(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
        return torch.linear(x, w, b)

    # needs oneDNN
    def product_plus(self, y: Tensor, x: Tensor, w: Tensor) -> Tensor:
        return ops.mkldnn._linear_pointwise.binary(x, y, w, None, "add")

    def product_plus(self, y: Tensor, x: Tensor, w: Tensor) -> Tensor:
        return y.addmm_(x, w.t())

    # Whether the products of ones are right.
    def works(self) -> bool:
        w = torch.ones([64, 32])
        x = torch.ones([48, 64])
        y = self.product_plus(self.product(x, w.t(), None), x, w.t())
        return bool((y == 128).all())

    def linear_back(self, g: Tensor, w: Tensor, into: Optional[Tensor], direct: bool) -> Tensor:
        g2 = self.rows(g)
        w = w.to(g.dtype)
        direct = direct and w.is_contiguous()
        shape = g.size()[:-1] + [w.size(1)]
        if into is not None:
            if direct:
                return self.product_plus(self.rows(into), g2, w.t()).reshape(shape)
            return self.rows(into).addmm_(g2, w).reshape(shape)
        if direct:
            return self.product(g2, w.t(), None).reshape(shape)
        return (g2 @ w).reshape(shape)

    # the gradient of w, in its dtype
    def linear_weight_back(self, g: Tensor, x: Tensor, w: Tensor) -> Tensor:
        return (self.rows(g).t() @ self.rows(x)).to(w.dtype)

    def bias_back(self, g: Tensor, b: Tensor) -> Tensor:
        return self.rows(g).sum([0]).to(b.dtype)

    # Low-rank terms: y + s (x aT) lbT, written into y unless wide, in float32. Also returns x aT.

    def low_rank(
        self, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: float, wide: bool
    ) -> List[Tensor]:
        if wide:
            h = torch.linear(x.float(), a.float())
            return [(y.float() + torch.linear(h, lb.float()) * s).to(y.dtype), h]
        h = torch.linear(x, a.to(x.dtype))
        out = self.rows(y).addmm_(self.rows(h), lb.to(x.dtype).t(), beta=1, alpha=s)
        return [out.reshape(y.size()), h]

    # gradients of x unless x is not needed, of a and of lb, as far as they are needed
    def low_rank_back(
        self, g: Tensor, x: Tensor, h: Tensor, a: Tensor, lb: Tensor, s: float, wide: bool,
        into: Optional[Tensor], needs: List[int]
    ) -> List[Tensor]:
        g2 = self.rows(g)
        x2 = self.rows(x)
        if wide:
            g2 = g2.float()
            x2 = x2.float()
        gh = (g2 @ lb.to(g2.dtype)).mul_(s)
        out: List[Tensor] = []
        if needs[0] > 0:
            a2 = a.to(g2.dtype)
            if wide:
                gx = (gh @ a2).reshape(x.size())
                if into is not None:
                    gx = into.float() + gx
                out.append(gx.to(x.dtype))
            elif into is not None:
                out.append(self.rows(into).addmm_(gh, a2).reshape(x.size()))
            else:
                out.append((gh @ a2).reshape(x.size()))
        if needs[1] > 0:
            out.append((gh.t() @ x2).to(a.dtype))
        if needs[2] > 0:
            gb = self.rows(h).t() @ g2  # the product of its transpose takes longer
            out.append(gb.t().to(lb.dtype, memory_format=torch.contiguous_format).mul_(s))
        return out

    # The derivative of rescale (dense.py): gradients of y, of m, which reads y, and of b, as far as
    # they are needed.
    def rescale_back(
        self, g: Tensor, y: Optional[Tensor], m: Tensor, n: Tensor, b: Optional[Tensor],
        needs: List[int]
    ) -> List[Tensor]:
        dtype = torch.float64 if g.dtype == torch.float64 else torch.float32
        n = n.to(dtype)
        zero = n == 0
        inverse = torch.where(zero, torch.zeros_like(n), 1 / n)
        c = torch.where(zero, torch.ones_like(n), m.to(dtype) * inverse)
        out: List[Tensor] = []
        if needs[0] > 0:
            out.append((g * c).to(g.dtype))
        g2 = self.rows(g).to(dtype)
        if y is not None and needs[1] > 0:
            d = (g2 * self.rows(y)).sum([0])
            if b is not None:
                d = d - g2.sum([0]) * b.to(dtype)
            out.append((d * inverse).to(m.dtype))
        if b is not None and needs[2] > 0:
            out.append((g2.sum([0]) * (1 - c)).to(b.dtype))
        return out

    # The same on some of the rows, term after term: from rows[2 i] to rows[2 i + 1]. Also returns
    # the x aT of each.

    def low_rank_rows(
        self, y: Tensor, x: Tensor, a: List[Tensor], lb: List[Tensor], s: List[float],
        rows: List[int], wide: List[int]
    ) -> List[Tensor]:
        out: List[Tensor] = [y]
        for i in range(len(a)):
            start = rows[2 * i]
            count = rows[2 * i + 1] - start
            part = y.narrow(0, start, count)
            own = x.narrow(0, start, count)
            if wide[i] > 0:
                h = torch.linear(own.float(), a[i].float())
                part.add_(torch.linear(h, lb[i].float()), alpha=s[i])
            else:
                h = torch.linear(own, a[i].to(x.dtype))
                self.rows(part).addmm_(self.rows(h), lb[i].to(x.dtype).t(), beta=1, alpha=s[i])
            out.append(h)
        return out

    # gradients of x unless x is not needed, then of each a and lb
    def low_rank_rows_back(
        self, g: Tensor, x: Tensor, h: List[Tensor], a: List[Tensor], lb: List[Tensor],
        s: List[float], rows: List[int], wide: List[int], into: Optional[Tensor], need: bool
    ) -> List[Tensor]:
        out: List[Tensor] = []
        if need:
            out.append(torch.zeros_like(x) if into is None else into)
        for i in range(len(a)):
            start = rows[2 * i]
            count = rows[2 * i + 1] - start
            g2 = self.rows(g.narrow(0, start, count))
            x2 = self.rows(x.narrow(0, start, count))
            if wide[i] > 0:
                g2 = g2.float()
                x2 = x2.float()
            gh = (g2 @ lb[i].to(g2.dtype)).mul_(s[i])
            if need:
                sum = out[0].narrow(0, start, count)
                if wide[i] > 0:
                    sum.add_((gh @ a[i].float()).reshape(sum.size()))
                else:
                    self.rows(sum).addmm_(gh, a[i].to(g2.dtype))
            out.append((gh.t() @ x2).to(a[i].dtype))
            out.append((g2.t() @ self.rows(h[i])).to(lb[i].dtype).mul_(s[i]))
        return out

    def span_back(self, g: Tensor, into: Optional[Tensor], start: int, n: int) -> Tensor:
        if into is None:
            into = g.new_zeros([n] + g.size()[1:])
        into.narrow(0, start, g.size(0)).add_(g)
        return into

    def span_copy(self, x: Tensor, start: int, end: int) -> Tensor:
        return x.narrow(0, start, end - start).clone()

    # x by its root mean square, times w or 1 + w; and what x is multiplied by

    def rms(self, x: Tensor, w: Tensor, eps: float, shifted: bool) -> List[Tensor]:
        x0 = self.wide(x)
        # Where autograd watches, a norm that keeps x0, and x0 written after it, would hold each
        # other in memory for good.
        r = torch.linalg_vector_norm(x0.detach(), 2, [-1], True)
        r.square_().div_(x.size(-1)).add_(eps).rsqrt_()
        return [self.weighted(self.scaled(x, x0, r), x, w, shifted), r]

    def rms_again(self, x: Tensor, r: Tensor, w: Tensor, shifted: bool) -> Tensor:
        return self.weighted(self.scaled(x, self.wide(x), r), x, w, shifted)

    # in float32 at least; ATen's operations on two dtypes are slow
    def wide(self, x: Tensor) -> Tensor:
        return x if x.dtype == torch.float64 else x.float()

    # x0 r, where x0 is x in r's dtype, and is written if it is a copy
    def scaled(self, x: Tensor, x0: Tensor, r: Tensor) -> Tensor:
        return x0 * r if x.dtype == x0.dtype else x0.mul_(r)

    def weighted(self, y0: Tensor, x: Tensor, w: Tensor, shifted: bool) -> Tensor:
        if shifted:
            return y0.mul_(w.float() + 1).to(x.dtype)
        if x.dtype == w.dtype:
            return y0.to(x.dtype).mul_(w)
        return y0.to(x.dtype) * w

    def rms_back(
        self, g: Tensor, x: Tensor, r: Tensor, w: Tensor, shifted: bool, into: Optional[Tensor]
    ) -> Tensor:
        xr = self.scaled(x, self.wide(x), r)
        gr = self.wide(g) * (w.float() + 1) if shifted else self.wide(g * w)
        m = (gr * xr).sum([-1], True).div_(x.size(-1))
        gx = gr.addcmul_(xr, m, value=-1).mul_(r)
        return self.sum_into(gx.to(x.dtype), into)

    def rms_weight_back(self, g: Tensor, x: Tensor, r: Tensor, w: Tensor) -> Tensor:
        return self.rows(g * (x * r)).sum([0]).to(w.dtype)

    # [y, mean, factor]
    def layer_norm(
        self, x: Tensor, w: Tensor, b: Optional[Tensor], eps: float
    ) -> List[Tensor]:
        if b is not None:
            b = b.to(x.dtype)
        y, mean, r = torch.native_layer_norm(x, [x.size(-1)], w.to(x.dtype), b, eps)
        return [y, mean, r]

    def layer_norm_again(
        self, x: Tensor, w: Tensor, b: Optional[Tensor], eps: float
    ) -> Tensor:
        if b is not None:
            b = b.to(x.dtype)
        return torch.layer_norm(x, [x.size(-1)], w.to(x.dtype), b, eps)

    # [x + y, its normalisation, mean, factor]
    def add_layer_norm(
        self, x: Tensor, y: Tensor, w: Tensor, b: Optional[Tensor], eps: float
    ) -> List[Tensor]:
        z = x + y
        return [z] + self.layer_norm(z, w, b, eps)

    # gradients of x, w and b, as far as they are needed
    def layer_norm_back(
        self, g: Tensor, x: Tensor, mean: Tensor, r: Tensor, w: Tensor, b: Optional[Tensor],
        needs: List[int]
    ) -> List[Tensor]:
        own = b.to(x.dtype) if b is not None else b
        gx, gw, gb = torch.native_layer_norm_backward(
            g, x, [x.size(-1)], mean, r, w.to(x.dtype), own,
            [needs[0] > 0, needs[1] > 0, needs[2] > 0]
        )
        out: List[Tensor] = []
        if needs[0] > 0:
            out.append(gx)
        if needs[1] > 0:
            out.append(gw.to(w.dtype))
        if b is not None and needs[2] > 0:
            out.append(gb.to(b.dtype))
        return out

    # Element by element.

    def silu_multiply(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.silu(x).mul_(y)

    def silu_multiply_back(self, g: Tensor, x: Tensor, y: Tensor) -> List[Tensor]:
        gy = torch.silu(x).mul_(g)
        return [torch.silu_backward(g * y, x), gy]

    def silu_back(self, g: Tensor, x: Tensor) -> Tensor:
        return torch.silu_backward(g, x)

    def gelu_back(self, g: Tensor, x: Tensor) -> Tensor:
        return torch.gelu_backward(g, x)

    def gelu_tanh_back(self, g: Tensor, x: Tensor) -> Tensor:
        return torch.gelu_backward(g, x, approximate="tanh")

    def relu_back(self, g: Tensor, x: Tensor) -> Tensor:
        return torch.threshold_backward(g, x, 0)

    # y: tanh(x)
    def tanh_back(self, g: Tensor, y: Tensor) -> Tensor:
        return torch.tanh_backward(g, y)

    # y: c tanh(x / c)
    def soft_cap_back(self, g: Tensor, y: Tensor, c: float) -> Tensor:
        return g - g * (y / c).square_()

    def multiply_back(self, g: Tensor, y: Tensor) -> Tensor:
        return g * y.to(g.dtype)

    def scale_features_back(self, g: Tensor, v: Tensor) -> Tensor:
        return (g * v.reshape([-1])).to(g.dtype)

    def scale_features_vector_back(self, g: Tensor, x: Tensor, v: Tensor) -> Tensor:
        return self.rows(g.to(v.dtype) * x).sum([0]).to(v.dtype).reshape(v.size())

    def add_bias_back(self, g: Tensor, b: Tensor, s: float) -> Tensor:
        return self.rows(g.to(b.dtype)).sum([0]).reshape(b.size()) * s

    def scale_back(self, g: Tensor, c: float) -> Tensor:
        return g * torch.tensor(c, dtype=g.dtype)

    def dropped_back(
        self, g: Tensor, kept: Tensor, scale: float, into: Optional[Tensor]
    ) -> Tensor:
        gx = (g * kept).mul_(torch.tensor(scale, dtype=g.dtype))
        return self.sum_into(gx, into)

    # an empty tensor of x's dtype
    def nothing_like(self, x: Tensor) -> Tensor:
        return x.new_empty([0])

    def cast_back(self, g: Tensor, like: Tensor) -> Tensor:
        return g.to(like.dtype)

    # Rows and columns.

    def columns_back(
        self, g: Tensor, into: Optional[Tensor], start: int, end: int, width: int
    ) -> Tensor:
        out = g.new_zeros(g.size()[:-1] + [width]) if into is None else into
        out[..., start:end].add_(g)
        return out

    def take_back(self, g: Tensor, places: Tensor, into: Optional[Tensor], rows: int) -> Tensor:
        out = g.new_zeros([rows] + g.size()[1:]) if into is None else into
        return out.index_add_(0, places, g)

    def shaped(self, g: Tensor, shape: List[int]) -> Tensor:
        return g.reshape(shape)

    # Rotary positions: x [N, n * d], cos and sin [N, r] with halves alike.

    def rotary(self, x: Tensor, cos: Tensor, sin: Tensor, n: int, back: bool) -> Tensor:
        x3 = x.reshape([x.size(0), n, -1])
        r = cos.size(-1)
        h = r // 2
        c = cos.unsqueeze(1).to(x.dtype)
        s = sin[:, :h].unsqueeze(1).to(x.dtype)
        if r == x3.size(-1):
            y = x3 * c
        else:
            y = x3.clone()
            y[..., :r].mul_(c)
        sign = 1.0 if back else -1.0
        y[..., :h].addcmul_(x3[..., h:r], s, value=sign)
        y[..., h:r].addcmul_(x3[..., :h], s, value=-sign)
        return y.reshape(x.size())
