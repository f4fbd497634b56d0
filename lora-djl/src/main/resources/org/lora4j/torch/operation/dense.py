# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.

# Dense layers with their adapters, normalisation, activations, casts.
#
# x [.., in], y [.., out], w [out, in], b [out]; A is a [r, in], B is lb [out, r], s the scaling.
from numbers import Number as number
from typing import List, Optional, Tuple

import torch
from torch import Tensor, ops
from torch.nn import Module


class Dense(Module):
    training: bool

    def linear(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
        w = w.to(x.dtype)
        if b is not None:
            b = b.to(x.dtype)
        # beyond 16 rows the general kernels are as fast
        few = x.numel() <= 16 * x.size(-1)
        if few and not torch.is_grad_enabled() and self.takes_rows(x, w):
            return self.row_product(x, w, b)
        return torch.linear(x, w, b)

    def takes_rows(self, x: Tensor, w: Tensor) -> bool:
        return x.dtype in self.row_dtypes() and not x.is_cuda and w.is_contiguous()

    # needs oneDNN in bfloat16
    def row_dtypes(self) -> List[int]:
        return [torch.float32, torch.bfloat16]

    # needs oneDNN
    def row_dtypes(self) -> List[int]:
        return [torch.float32]

    def row_dtypes(self) -> List[int]:
        none: List[int] = []
        return none

    # needs oneDNN
    def row_product(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
        scalars: List[Optional[number]] = []
        return ops.mkldnn._linear_pointwise(x, w, b, "none", scalars, "")

    def row_product(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
        return torch.linear(x, w, b)

    # Whether a row of ones times a matrix of ones is right in each of the dtypes.
    def works(self) -> bool:
        right = True
        for dtype in self.row_dtypes():
            w = torch.ones([64, 64], dtype=dtype)
            y = self.row_product(torch.ones([1, 64], dtype=dtype), w, None)
            right = right and bool((y == 64).all())
        return right

    def add_low_rank(self, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: float) -> Tensor:
        h = torch.linear(x, a.to(x.dtype))
        b = lb.to(x.dtype)
        y2 = y.reshape([-1, y.size(-1)])
        h2 = h.reshape([-1, h.size(-1)])
        return torch.addmm(y2, h2, b.t(), beta=1, alpha=s).reshape(y.size())

    def add_low_rank_into(self, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: float) -> Tensor:
        return self.add_product_into(y, torch.linear(x, a.to(x.dtype)), lb.to(x.dtype), s)

    def add_product_into(self, y: Tensor, h: Tensor, b: Tensor, s: float) -> Tensor:
        if y.dim() == 2:
            return y.addmm_(h, b.t(), beta=1, alpha=s)
        y2 = y.reshape([-1, y.size(-1)])
        h2 = h.reshape([-1, h.size(-1)])
        return y2.addmm_(h2, b.t(), beta=1, alpha=s).reshape(y.size())

    def add_low_rank_float32(self, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: float) -> Tensor:
        h = torch.linear(torch.linear(x.float(), a.float()), lb.float())
        return (y.float() + h * s).to(y.dtype)

    # the same numbers, written into y of 16 bits
    def add_low_rank_float32_into(
        self, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: float
    ) -> Tensor:
        h = torch.linear(torch.linear(x.float(), a.float()), lb.float())
        return y.add_(h, alpha=s)

    # The rows of x in equal groups, filled up with zeros: [n, groups, size].
    def grouped(self, x: Tensor, groups: int) -> Tensor:
        size = (x.size(-1) + groups - 1) // groups
        filled = torch.constant_pad_nd(x.detach(), [0, size * groups - x.size(-1)], 0)
        return filled.reshape([-1, groups, size])

    # the direction of the mean of all groups, of length 1
    def mean_group(self, x: Tensor, groups: int) -> Tensor:
        g = self.grouped(x, groups)
        v = g.reshape([-1, g.size(2)]).mean([0]).float()
        if not bool((v != 0).any()):
            v = torch.ones_like(v)
        return v / torch.linalg_vector_norm(v, 2)

    # add_low_rank, where the gradient of a sees of each group of x its component along v, by c
    def add_compressed(
        self, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, v: Tensor, s: float, groups: int,
        c: float, wide: bool
    ) -> Tensor:
        x0 = x.float() if wide else x
        a0 = a.to(x0.dtype)
        v0 = v.to(x0.dtype)
        kept = (self.grouped(x0, groups) * v0).sum([-1])
        seen = (kept.unsqueeze(-1) * v0).reshape([kept.size(0), -1])[:, : x.size(-1)] * c
        h = torch.linear(x0.reshape([-1, x.size(-1)]), a0.detach())
        again = torch.linear(seen, a0)
        h = h + (again - again.detach())
        out = torch.linear(h, lb.to(x0.dtype)).reshape(y.size())
        return (y.to(x0.dtype) + out * s).to(y.dtype)

    # A [E, r, in] and B [E, out, r] of experts less the means of general ones, and the first right
    # singular vectors of each B A from v on, [E, in]
    def routes(
        self, a: List[Tensor], lb: List[Tensor], ga: List[Tensor], gb: List[Tensor], v: Tensor,
        steps: int
    ) -> List[Tensor]:
        a0 = torch.stack(a).detach().float()
        b0 = torch.stack(lb).detach().float()
        if len(ga) > 0:
            a0 = a0 - torch.stack(ga).detach().float().mean([0])
            b0 = b0 - torch.stack(gb).detach().float().mean([0])
        c = torch.matmul(b0.transpose(1, 2), b0)
        p = (v / (torch.linalg_vector_norm(v, 2) + 1e-8)).reshape([1, -1, 1])
        p = p.expand([a0.size(0), -1, -1])
        for i in range(steps):
            w = torch.matmul(a0.transpose(1, 2), torch.matmul(c, torch.matmul(a0, p)))
            p = w / (torch.linalg_vector_norm(w, 2, [1], True) + 1e-8)
        return [a0, b0, p.squeeze(-1)]

    # routed is [A, B, directions] of routes; each row has the k experts whose directions it is nearest
    def add_routed(
        self, y: Tensor, x: Tensor, routed: List[Tensor], s: List[float], k: int, t: float
    ) -> Tensor:
        a = routed[0]
        lb = routed[1]
        x2 = x.reshape([-1, x.size(-1)]).float()
        near = torch.abs(torch.linear(x2, routed[2]))
        top, which = torch.topk(near, k, 1)
        c = torch.zeros_like(near).scatter(1, which, torch.softmax(top / t, 1))
        out = y.reshape([-1, y.size(-1)]).float()
        for e in range(len(s)):
            h = torch.linear(x2, a.select(0, e)) * c.select(1, e).unsqueeze(1)
            out = out + torch.linear(h, lb.select(0, e)) * s[e]
        return out.reshape(y.size()).to(y.dtype)

    # Terms on some of the rows, written into y: ab[2 i] and ab[2 i + 1] are a and lb of a term, on the
    # rows from rows[3 i] to rows[3 i + 1], in float32 where rows[3 i + 2] > 0. Few lists: the caller
    # pays for each.
    def add_low_rank_rows(
        self, y: Tensor, x: Tensor, ab: List[Tensor], s: List[float], rows: List[int]
    ) -> Tensor:
        flat = y.dim() == 2
        for i in range(len(s)):
            a = ab[2 * i]
            b = ab[2 * i + 1]
            start = rows[3 * i]
            count = rows[3 * i + 1] - start
            same = a.dtype == y.dtype and b.dtype == y.dtype
            if count == 1 and flat and same and (y.dtype == torch.float32 or rows[3 * i + 2] == 0):
                # a step of generation; a product of matrices would take twice as long to set up
                h = torch.mv(a, x.select(0, start))
                y.select(0, start).addmv_(b, h, beta=1, alpha=s[i])
                continue
            part = y.narrow(0, start, count)
            own = x.narrow(0, start, count)
            if rows[3 * i + 2] > 0:
                h = torch.linear(torch.linear(own.float(), a.float()), b.float())
                part.add_(h, alpha=s[i])
            else:
                h = torch.linear(own, a.to(own.dtype))
                self.add_product_into(part, h, b.to(own.dtype), s[i])
        return y

    def delta(self, a: Tensor, lb: Tensor, s: float) -> Tensor:
        return (lb.float() @ a.float()) * s

    def merge(self, w: Tensor, delta: Tensor) -> Tensor:
        return (w.float() + delta.reshape(w.size())).to(w.dtype)

    # a [r, ..], lb [.., r, 1..]
    def change_weight(
        self, w: Tensor, a: Tensor, lb: Tensor, s: float, transposed: bool
    ) -> Tensor:
        a2 = a.reshape([a.size(0), -1])
        b2 = lb.reshape([-1, a.size(0)])
        if transposed:
            c = a2.t()
            a2 = b2.t()
            b2 = c
        if w.dtype == torch.float64:
            a2 = a2.double()
            b2 = b2.double()
        else:
            a2 = a2.float()
            b2 = b2.float()
        w2 = w.reshape([b2.size(0), -1]).to(a2.dtype)
        change = torch.addmm(w2, b2, a2, beta=1, alpha=s)
        return change.reshape(w.size()).to(w.dtype)

    # b [out]; y [.., out], or with channels [n, out, ..]
    def add_bias(self, y: Tensor, b: Tensor, s: float, channels: bool) -> Tensor:
        v = (b * s).to(y.dtype)
        if channels:
            v = v.reshape([-1] + [1] * (y.dim() - 2))
        return y + v

    # w [experts, out, in], or transposed [experts, in, out]; a [experts r, in], lb [out, r experts]
    def change_experts(
        self, w: Tensor, a: Tensor, lb: Tensor, s: float, transposed: bool
    ) -> Tensor:
        dtype = torch.float64 if w.dtype == torch.float64 else torch.float32
        n = w.size(0)
        right = a.reshape([n, -1, a.size(1)]).to(dtype)
        left = lb.reshape([lb.size(0), -1, n]).permute([2, 0, 1]).to(dtype)
        if transposed:
            c = right.transpose(1, 2)
            right = left.transpose(1, 2)
            left = c
        return torch.baddbmm(w.to(dtype), left, right, beta=1, alpha=s).to(w.dtype)

    # The lengths of the rows of w + s lb a, one for each output, of w in parts of a million elements.
    # a [r, ..], lb [.., r, 1..]; last: w is [in, out]
    def norms(self, w: Tensor, a: Tensor, lb: Tensor, s: float, last: bool) -> Tensor:
        dtype = torch.float64 if w.dtype == torch.float64 else torch.float32
        a2 = a.reshape([a.size(0), -1]).to(dtype)
        b2 = lb.reshape([-1, a.size(0)]).to(dtype)
        if last:
            return self.column_norms(w, b2.t(), a2.t(), s)
        if b2.size(0) != w.size(0):
            # of a convolution in groups, as PEFT sees it
            change = (b2 @ a2).reshape([w.size(0), -1])
            return torch.linalg_vector_norm(w.reshape(change.size()).to(dtype) + change * s, 2, [1])
        w2 = w.reshape([w.size(0), -1])
        step = max(1, 1048576 // max(1, w2.size(1)))
        out: List[Tensor] = []
        for i in range(0, w2.size(0), step):
            part = w2[i : i + step].to(dtype)
            part = torch.addmm(part, b2[i : i + step], a2, beta=1, alpha=s)
            out.append(torch.linalg_vector_norm(part, 2, [1]))
        return torch.cat(out)

    def column_norms(self, w: Tensor, b2: Tensor, a2: Tensor, s: float) -> Tensor:
        step = max(1, 1048576 // max(1, w.size(1)))
        squares = torch.zeros([w.size(1)], dtype=a2.dtype, device=w.device)
        for i in range(0, w.size(0), step):
            part = w[i : i + step].to(a2.dtype)
            part = torch.addmm(part, a2[i : i + step], b2, beta=1, alpha=s)
            squares += part.square_().sum([0])
        return squares.sqrt_()

    # A and B with s B A = the part of w [out, in], or last [in, out], of its r largest singular
    # values; from a start [smaller side, r] by a randomised decomposition (torch.svd_lowrank)
    def principal(
        self, w: Tensor, r: int, s: float, last: bool, start: Optional[Tensor], iterations: int
    ) -> List[Tensor]:
        x = w.t().float() if last else w.float()
        if start is None:
            u, d, vh = torch.linalg_svd(x, False)
        else:
            u, d, vh = self.svd_from(x, start, iterations)
        root = (d[:r] / s).sqrt_()
        return [root.unsqueeze(1) * vh[:r], u[:, :r] * root]

    def svd_from(
        self, x: Tensor, start: Tensor, iterations: int
    ) -> Tuple[Tensor, Tensor, Tensor]:
        turned = x.size(0) < x.size(1)
        if turned:
            x = x.t()
        q = torch.linalg_qr(x @ start)[0]
        for i in range(iterations):
            q = torch.linalg_qr(x.t() @ q)[0]
            q = torch.linalg_qr(x @ q)[0]
        u, d, vh = torch.linalg_svd(q.t() @ x, False)
        u = q @ u
        if turned:
            return vh.t(), d, u.t()
        return u, d, vh

    def smallest(self, w: Tensor, r: int, s: float) -> List[Tensor]:
        u, d, vh = torch.linalg_svd(w.float(), False)
        kept = d.size(0) - r
        return [vh[kept:].contiguous(), u[:, kept:] * (d[kept:] / s)]

    # the norms of the Gram matrices less I, and what their gradients are divided by
    def kasa(
        self, a: Tensor, lb: Tensor, v: Tensor, beta: float, gamma: float
    ) -> List[Tensor]:
        a = a.detach().float()
        lb = lb.detach().float()
        v = v.detach().float()
        ga = torch.mm(a, a.t())
        ga.diagonal(0, 0, 1).sub_(1.0)
        gb = torch.mm(lb.t(), lb)
        gb.diagonal(0, 0, 1).sub_(1.0)
        na = (ga * ga).sum().sqrt()
        nb = (gb * gb).sum().sqrt()
        fa = torch.where(na > 0, 2 * gamma / na, torch.zeros_like(na))
        fb = torch.where(nb > 0, 2 * gamma / nb, torch.zeros_like(nb))
        value = (v * v).sum() * beta + (na + nb) * gamma
        return [
            value.double().reshape([1]),
            torch.mm(ga, a) * fa,
            torch.mm(lb, gb) * fb,
            v * (2 * beta),
        ]

    # the first r rows of R and columns of Q
    def orthogonal(self, w: Tensor, r: int) -> List[Tensor]:
        q, upper = torch.linalg_qr(w.float())
        return [upper[:r].contiguous(), q[:, :r].contiguous()]

    # the left singular vectors of the r smallest singular values of w [out, in], or last [in, out]
    def minor(self, w: Tensor, r: int, last: bool) -> Tensor:
        x = w.t().float() if last else w.float()
        u, d, vh = torch.linalg_svd(x, False)
        return u[:, u.size(1) - r :].contiguous()

    # y times c = m / n, which is 1 where n is 0, plus (1 - c) b: m and n of one shape
    def rescale(self, y: Tensor, m: Tensor, n: Tensor, b: Optional[Tensor]) -> Tensor:
        if y.dtype == torch.float64:
            m = m.double()
        n = n.to(m.dtype)
        zero = n == 0
        c = torch.where(zero, torch.ones_like(n), m / torch.where(zero, torch.ones_like(n), n))
        if b is None:
            return (y * c).to(y.dtype)
        rest = (1 - c) * b.to(m.dtype).reshape(m.size())
        return torch.addcmul(rest, y.to(m.dtype), c).to(y.dtype)

    def add_difference(self, y: Tensor, x: Tensor, z: Tensor) -> Tensor:
        return y + (x - z)

    def versions(self, x: Tensor, y: Tensor) -> int:
        return x._version() + y._version()

    def svd(self, x: Tensor) -> List[Tensor]:
        u, s, vh = torch.linalg_svd(x, False)
        return [u * s, vh]

    # ids [..], w [entries, out], a [r, entries]; the row pad gets no gradient
    def embedding(self, ids: Tensor, w: Tensor, pad: int) -> Tensor:
        return torch.embedding(w, ids, pad)

    def add_embedding(
        self, y: Tensor, ids: Tensor, a: Tensor, lb: Tensor, s: float, pad: int
    ) -> Tensor:
        h = torch.embedding(a.t(), ids, pad).to(y.dtype)
        return self.add_product_into(y, h, lb.to(y.dtype), s)

    def add_embedding_float32(
        self, y: Tensor, ids: Tensor, a: Tensor, lb: Tensor, s: float, pad: int
    ) -> Tensor:
        h = torch.linear(torch.embedding(a.t().float(), ids, pad), lb.float())
        return (y.float() + h * s).to(y.dtype)

    def layer_norm(self, x: Tensor, w: Tensor, b: Optional[Tensor], eps: float) -> Tensor:
        if b is not None:
            b = b.to(x.dtype)
        return torch.layer_norm(x, [x.size(-1)], w.to(x.dtype), b, eps)

    def add_layer_norm(
        self, x: Tensor, y: Tensor, w: Tensor, b: Optional[Tensor], eps: float
    ) -> Tensor:
        return self.layer_norm(x + y, w, b, eps)

    # x by its root mean square, in float32 at least
    def by_rms(self, x: Tensor, eps: float) -> Tensor:
        if x.dtype == torch.float64:
            n = torch.linalg_vector_norm(x, 2, [-1], True)
        else:
            n = torch.linalg_vector_norm(x, 2, [-1], True, dtype=torch.float32)
        return x * torch.rsqrt(n * n / x.size(-1) + eps)

    def rms_norm(self, x: Tensor, w: Tensor, eps: float) -> Tensor:
        return w * self.by_rms(x, eps).to(x.dtype)

    def shifted_rms_norm(self, x: Tensor, w: Tensor, eps: float) -> Tensor:
        return (self.by_rms(x, eps) * (w.float() + 1)).to(x.dtype)

    def gelu(self, x: Tensor) -> Tensor:
        return torch.gelu(x)

    def gelu_tanh(self, x: Tensor) -> Tensor:
        return torch.gelu(x, approximate="tanh")

    def relu(self, x: Tensor) -> Tensor:
        return torch.relu(x)

    def silu(self, x: Tensor) -> Tensor:
        return torch.silu(x)

    def silu_multiply(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.silu(x) * y

    def tanh(self, x: Tensor) -> Tensor:
        return torch.tanh(x)

    def sigmoid(self, x: Tensor) -> Tensor:
        return torch.sigmoid(x)

    def soft_cap(self, x: Tensor, c: float) -> Tensor:
        return torch.tanh(x / c) * c

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y

    def multiply(self, x: Tensor, y: Tensor) -> Tensor:
        return x * y.to(x.dtype)

    # x by a vector of as many numbers as a row has, in the wider of the two types
    def scale_features(self, x: Tensor, v: Tensor) -> Tensor:
        # of a convolution v is [1, channels, 1..]
        return (x * (v if v.dim() > 2 else v.reshape([-1]))).to(x.dtype)

    def scale_weight(self, w: Tensor, v: Tensor, columns: bool) -> Tensor:
        factor = v.detach().reshape([-1]) if columns else v.detach().reshape([-1, 1])
        return (w.detach() * factor).to(w.dtype)

    def divide(self, x: Tensor, n: float) -> Tensor:
        return x / n

    # by a number that is rounded to x's dtype first
    def scale(self, x: Tensor, c: float) -> Tensor:
        return x * torch.tensor(c, dtype=x.dtype)

    def dropped(self, x: Tensor, kept: Tensor, scale: float) -> Tensor:
        return (x * kept).mul_(torch.tensor(scale, dtype=x.dtype))

    def copy(self, x: Tensor) -> Tensor:
        return x.clone()

    # into then reads the memory of x; the memory it had is freed
    def share(self, into: Tensor, x: Tensor) -> Tensor:
        return into.set_(x)

    def copy_into(self, into: Tensor, x: Tensor) -> Tensor:
        return into.copy_(x)

    def copy_all_into(self, into: List[Tensor], xs: List[Tensor]) -> Tensor:
        torch._foreach_copy_(into, xs)
        return into[0]

    def to_float16(self, x: Tensor) -> Tensor:
        return x.half()

    def to_bfloat16(self, x: Tensor) -> Tensor:
        return x.to(torch.bfloat16)

    def to_float32(self, x: Tensor) -> Tensor:
        return x.float()

    def to_float64(self, x: Tensor) -> Tensor:
        return x.double()

    def to_type_of(self, x: Tensor, y: Tensor) -> Tensor:
        return x.to(y.dtype)

    # on the device of like
    def empty_bfloat16(self, like: Tensor, shape: List[int]) -> Tensor:
        return torch.empty(shape, dtype=torch.bfloat16, device=like.device)
