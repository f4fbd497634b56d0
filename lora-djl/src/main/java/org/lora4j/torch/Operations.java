/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

/**
 * The declarations of every operation that {@link Torch} offers, in TorchScript's serialised form.
 *
 * <p>This is the one place where they are written. Each entry's comment gives shapes; every
 * operation here exists from libtorch 2.1 on unless it says otherwise, so one archive serves the
 * engine sets of 2.3.1 and 2.7.1. Numbers arrive as 0-dimensional float64 CPU tensors, since DJL
 * passes nothing but tensors; {@code float(t)} and {@code int(t)} read them.
 */
final class Operations {
    private Operations() {}

    private static final String HEAD =
            """
            class Ops(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
            """;

    /** Dense layers: x [.., in], w [out, in], b [out], a [r, in], lb [out, r]. */
    private static final String DENSE =
            """
              def linear(self: __torch__.Ops, x: Tensor, w: Tensor) -> Tensor:
                if torch.eq(ops.prim.dtype(w), ops.prim.dtype(x)):
                  y = (self).product(x, w, None, )
                else:
                  y = torch.linear(x, torch.to(w, ops.prim.dtype(x)))
                return y
              def linear_bias(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                d = ops.prim.dtype(x)
                return (self).product(x, torch.to(w, d), torch.to(b, d), )
              def add_low_rank(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: Tensor) -> Tensor:
                h = torch.linear(x, torch.to(a, ops.prim.dtype(x)))
                b = torch.to(lb, ops.prim.dtype(x))
                y2 = torch.reshape(y, [-1, torch.size(y, -1)])
                h2 = torch.reshape(h, [-1, torch.size(h, -1)])
                out = torch.addmm(y2, h2, torch.t(b), beta=1, alpha=float(s))
                return torch.reshape(out, torch.size(y))
              def add_product_(self: __torch__.Ops, y: Tensor, h: Tensor, b: Tensor, s: float) -> Tensor:
                if torch.eq(torch.dim(y), 2):
                  sum = torch.addmm_(y, h, torch.t(b), beta=1, alpha=s)
                else:
                  y2 = torch.reshape(y, [-1, torch.size(y, -1)])
                  h2 = torch.reshape(h, [-1, torch.size(h, -1)])
                  out = torch.addmm_(y2, h2, torch.t(b), beta=1, alpha=s)
                  sum = torch.reshape(out, torch.size(y))
                return sum
              def add_low_rank_(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: Tensor) -> Tensor:
                h = torch.linear(x, torch.to(a, ops.prim.dtype(x)))
                b = torch.to(lb, ops.prim.dtype(x))
                return (self).add_product_(y, h, b, float(s), )
              def add_low_rank_f32(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: Tensor) -> Tensor:
                h = torch.linear(torch.linear(torch.to(x, 6), torch.to(a, 6)), torch.to(lb, 6))
                return torch.to(torch.add(torch.to(y, 6), torch.mul(h, float(s))), ops.prim.dtype(y))
              def delta(self: __torch__.Ops, a: Tensor, lb: Tensor, s: Tensor) -> Tensor:
                return torch.mul(torch.matmul(torch.to(lb, 6), torch.to(a, 6)), float(s))
              def versions(self: __torch__.Ops, x: Tensor, y: Tensor) -> Tensor:
                return torch.tensor(torch.add(torch._version(x), torch._version(y)))
              def merge(self: __torch__.Ops, w: Tensor, delta: Tensor) -> Tensor:
                return torch.to(torch.add(torch.to(w, 6), torch.reshape(delta, torch.size(w))), ops.prim.dtype(w))
              def svd(self: __torch__.Ops, x: Tensor) -> List[Tensor]:
                u, s, vh, = torch.linalg_svd(x, False)
                return [torch.mul(u, s), vh]
              def embedding(self: __torch__.Ops, ids: Tensor, w: Tensor) -> Tensor:
                return torch.embedding(w, ids)
              def add_embedding(self: __torch__.Ops, y: Tensor, ids: Tensor, a: Tensor, lb: Tensor, s: Tensor, pad: Tensor) -> Tensor:
                h = torch.to(torch.embedding(torch.t(a), ids, int(pad)), ops.prim.dtype(y))
                b = torch.to(lb, ops.prim.dtype(y))
                return (self).add_product_(y, h, b, float(s), )
              def add_embedding_f32(self: __torch__.Ops, y: Tensor, ids: Tensor, a: Tensor, lb: Tensor, s: Tensor, pad: Tensor) -> Tensor:
                h = torch.linear(torch.embedding(torch.to(torch.t(a), 6), ids, int(pad)), torch.to(lb, 6))
                return torch.to(torch.add(torch.to(y, 6), torch.mul(h, float(s))), ops.prim.dtype(y))
            """;

    /**
     * Convolutions: x [N, in, ..], y [N, out, ..]; g holds int64 stride.., padding.., dilation..,
     * groups; shape that of the weight.
     */
    private static final String CONVOLUTION =
            """
              def ints(self: __torch__.Ops, g: Tensor, start: int, n: int) -> List[int]:
                out = annotate(List[int], [])
                for i in range(n):
                  _0 = torch.append(out, int(torch.select(g, 0, torch.add(start, i))))
                return out
              def convolve(self: __torch__.Ops, x: Tensor, w: Tensor, g: Tensor) -> Tensor:
                n = torch.sub(torch.dim(x), 2)
                zeros = torch.mul([0], n)
                stride = (self).ints(g, 0, n, )
                padding = (self).ints(g, n, n, )
                dilation = (self).ints(g, torch.mul(2, n), n, )
                return torch.convolution(x, w, None, stride, padding, dilation, False, zeros, int(torch.select(g, 0, torch.mul(3, n))))
              def add_convolution(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: Tensor, g: Tensor, point: Tensor) -> Tensor:
                h = (self).convolve(x, torch.to(a, ops.prim.dtype(x)), g, )
                o = (self).convolve(h, torch.to(lb, ops.prim.dtype(x)), point, )
                return torch.add(y, o, alpha=float(s))
              def add_convolution_f32(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: Tensor, g: Tensor, point: Tensor) -> Tensor:
                o = (self).add_convolution(torch.to(y, 6), torch.to(x, 6), a, lb, s, g, point, )
                return torch.to(o, ops.prim.dtype(y))
              def add_weight_convolution(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: Tensor, g: Tensor, shape: Tensor) -> Tensor:
                v = torch.reshape(torch.matmul(torch.to(lb, 6), torch.to(a, 6)), (self).ints(shape, 0, torch.dim(x), ))
                o = (self).convolve(x, torch.to(v, ops.prim.dtype(x)), g, )
                return torch.add(y, o, alpha=float(s))
              def add_weight_convolution_f32(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, lb: Tensor, s: Tensor, g: Tensor, shape: Tensor) -> Tensor:
                o = (self).add_weight_convolution(torch.to(y, 6), torch.to(x, 6), a, lb, s, g, shape, )
                return torch.to(o, ops.prim.dtype(y))
            """;

    /** Normalisation and activations: x [.., n], w [n], b [n]. */
    private static final String POINTWISE =
            """
              def layer_norm(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, eps: Tensor) -> Tensor:
                d = ops.prim.dtype(x)
                return torch.layer_norm(x, [torch.size(x, -1)], torch.to(w, d), torch.to(b, d), float(eps))
              def add_layer_norm(self: __torch__.Ops, x: Tensor, y: Tensor, w: Tensor, b: Tensor, eps: Tensor) -> Tensor:
                d = ops.prim.dtype(x)
                return torch.layer_norm(torch.add(x, y), [torch.size(x, -1)], torch.to(w, d), torch.to(b, d), float(eps))
              def gelu(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.gelu(x)
              def gelu_tanh(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.gelu(x, approximate="tanh")
              def relu(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.relu(x)
              def silu(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.silu(x)
              def tanh(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.tanh(x)
              def sigmoid(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.sigmoid(x)
              def add(self: __torch__.Ops, x: Tensor, y: Tensor) -> Tensor:
                return torch.add(x, y)
              def mul(self: __torch__.Ops, x: Tensor, y: Tensor) -> Tensor:
                return torch.mul(x, torch.to(y, ops.prim.dtype(x)))
              def dropped(self: __torch__.Ops, x: Tensor, kept: Tensor, scale: Tensor) -> Tensor:
                return torch.mul_(torch.mul(x, kept), torch.to(scale, ops.prim.dtype(x)))
              def div_number(self: __torch__.Ops, x: Tensor, n: Tensor) -> Tensor:
                return torch.div(x, float(n))
              def copy(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.clone(x)
              def to_float32(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.to(x, 6)
              def to_float64(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.to(x, 7)
              def to_float16(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.to(x, 5)
              def to_type_of(self: __torch__.Ops, x: Tensor, y: Tensor) -> Tensor:
                return torch.to(x, ops.prim.dtype(y))
              def empty_bfloat16(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.empty(torch.size(x), dtype=15, layout=None, device=ops.prim.device(x), pin_memory=False)
              def to_bfloat16(self: __torch__.Ops, x: Tensor) -> Tensor:
                return torch.to(x, 15)
            """;

    /**
     * Attention over whole hidden states: q, k, v [B, T, heads * d]; mask broadcastable to [B,
     * heads, T, T], added to the scores; kept [B, heads, T, T], multiplied into the probabilities,
     * as is keep_scale.
     */
    private static final String ATTENTION =
            """
              def heads(self: __torch__.Ops, x: Tensor, n: int) -> Tensor:
                return torch.transpose(torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), n, -1]), 1, 2)
              def joined(self: __torch__.Ops, x: Tensor) -> Tensor:
                y = torch.transpose(x, 1, 2)
                return torch.reshape(y, [torch.size(y, 0), torch.size(y, 1), -1])
              def attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, n: Tensor) -> Tensor:
                h = int(n)
                o = torch.scaled_dot_product_attention((self).heads(q, h, ), (self).heads(k, h, ), (self).heads(v, h, ), None, 0., False)
                return (self).joined(o, )
              def attention_mask(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, n: Tensor, mask: Tensor) -> Tensor:
                h = int(n)
                o = torch.scaled_dot_product_attention((self).heads(q, h, ), (self).heads(k, h, ), (self).heads(v, h, ), torch.to(mask, ops.prim.dtype(q)), 0., False)
                return (self).joined(o, )
              def attention_dropout(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, n: Tensor, mask: Tensor, scale: Tensor, kept: Tensor, keep_scale: Tensor) -> Tensor:
                h = int(n)
                s = torch.matmul(torch.mul((self).heads(q, h, ), float(scale)), torch.transpose((self).heads(k, h, ), -2, -1))
                p = torch.softmax(torch.add(s, torch.to(mask, ops.prim.dtype(s))), -1, 6)
                o = torch.matmul(torch.to(torch.mul_(torch.mul(p, kept), float(keep_scale)), ops.prim.dtype(v)), (self).heads(v, h, ))
                return (self).joined(o, )
            """;

    /** Losses as sums in float32: logits [N, C], labels int64 [N] (-100 is ignored), values [N]. */
    private static final String LOSS =
            """
              def cross_entropy_sum(self: __torch__.Ops, logits: Tensor, labels: Tensor) -> Tensor:
                return torch.cross_entropy_loss(torch.to(logits, 6), labels, None, 2, -100, 0.)
              def cross_entropy_value(self: __torch__.Ops, logits: Tensor, labels: Tensor) -> Tensor:
                p = torch.log_softmax(torch.to(torch.detach(logits), 6), -1)
                return torch.neg(torch.sum(torch.gather(p, 1, torch.unsqueeze(labels, 1)), dtype=7))
              def cross_entropy_gradient(self: __torch__.Ops, logits: Tensor, labels: Tensor) -> List[Tensor]:
                p = torch.log_softmax(torch.to(torch.detach(logits), 6), -1)
                l = torch.unsqueeze(labels, 1)
                loss = torch.neg(torch.sum(torch.gather(p, 1, l), dtype=7))
                g = torch.exp_(p)
                minus = torch.neg(torch.ones_like(l, dtype=6))
                g0 = torch.scatter_add_(g, 1, l, minus)
                return [loss, torch.to(g0, ops.prim.dtype(logits))]
              def with_gradients(self: __torch__.Ops, total: Tensor, xs: List[Tensor], gs: List[Tensor]) -> Tensor:
                s = torch.zeros_like(total)
                for i in range(torch.len(xs)):
                  s = torch.add(s, torch.sum(torch.mul(xs[i], torch.to(gs[i], ops.prim.dtype(xs[i]))), dtype=6))
                return torch.add(total, torch.sub(s, torch.detach(s)))
              def squared_error_sum(self: __torch__.Ops, x: Tensor, y: Tensor) -> Tensor:
                return torch.mse_loss(torch.to(x, 6), torch.to(y, 6), 2)
            """;

    /**
     * Gradients and optimisers. grad: the gradient of a scalar with respect to each of xs, zeros
     * where the loss does not depend on it. own_memory: autograd may return one tensor, or views of
     * one, for several of xs, the gradient that it was given, or a single number seen as an array;
     * these are copied, so that each gradient may be written in place. Tensors that share memory
     * share the version that every write raises, and writing nothing raises it as well. The
     * optimisers write p, m and v in place; their update is torch.optim.AdamW's and
     * torch.optim.SGD's for-each form.
     */
    private static final String TRAINING =
            """
              def own_memory(self: __torch__.Ops, found: List[Tensor], other: Tensor) -> List[Tensor]:
                versions = annotate(List[int], [])
                for i in range(torch.len(found)):
                  _0 = torch.append(versions, torch._version(found[i]))
                version = torch._version(other)
                out = annotate(List[Tensor], [])
                for i in range(torch.len(found)):
                  g = found[i]
                  shared = torch.ne(torch._version(g), versions[i])
                  _1 = torch.zero_(torch.as_strided(g, [0], [1]))
                  if torch.__or__(shared, torch.ne(torch._version(other), version)):
                    version = torch._version(other)
                    own = torch.clone(g, memory_format=0)
                  else:
                    if torch.is_contiguous(g):
                      own = g
                    else:
                      if torch.__contains__(torch.stride(g), 0):
                        own = torch.clone(g, memory_format=0)
                      else:
                        own = g
                  _2 = torch.append(out, own)
                return out
              def grad(self: __torch__.Ops, loss: Tensor, xs: List[Tensor]) -> List[Tensor]:
                found = torch.grad([loss], xs, None, None, False, True)
                return (self).found_or_zeros(found, xs, loss, )
              def pullback(self: __torch__.Ops, y: Tensor, xs: List[Tensor], dy: Tensor) -> List[Tensor]:
                found = torch.grad([y], xs, annotate(List[Optional[Tensor]], [dy]), None, False, True)
                return (self).found_or_zeros(found, xs, dy, )
              def found_or_zeros(self: __torch__.Ops, found: List[Optional[Tensor]], xs: List[Tensor], other: Tensor) -> List[Tensor]:
                out = annotate(List[Tensor], [])
                for i in range(torch.len(found)):
                  g = found[i]
                  if torch.__isnot__(g, None):
                    g0 = unchecked_cast(Tensor, g)
                    _0 = torch.append(out, g0)
                  else:
                    _1 = torch.append(out, torch.zeros_like(xs[i]))
                return (self).own_memory(out, other, )
              def add_all_(self: __torch__.Ops, into: List[Tensor], xs: List[Tensor]) -> Tensor:
                torch._foreach_add_(into, xs)
                return into[0]
              def scale_all_(self: __torch__.Ops, xs: List[Tensor], s: Tensor) -> Tensor:
                torch._foreach_mul_(xs, float(s))
                return xs[0]
              def norm_all(self: __torch__.Ops, xs: List[Tensor]) -> Tensor:
                return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(xs, 2)))
              def clip_all_(self: __torch__.Ops, xs: List[Tensor], bound: Tensor) -> Tensor:
                norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(xs, 2)))
                factor = torch.mul(torch.reciprocal(torch.add(norm, 1e-06)), float(bound))
                torch._foreach_mul_(xs, torch.clamp(factor, None, 1.))
                return norm
              def pullback_found(self: __torch__.Ops, y: Tensor, xs: List[Tensor], dy: Tensor) -> List[Tensor]:
                flags = torch.zeros([torch.len(xs)], dtype=6)
                if ops.prim.requires_grad(y):
                  found = torch.grad([y], xs, annotate(List[Optional[Tensor]], [dy]), None, False, True)
                  for i in range(torch.len(found)):
                    if torch.__isnot__(found[i], None):
                      _0 = torch.fill_(torch.select(flags, 0, i), 1.)
                  out = (self).found_or_zeros(found, xs, dy, )
                else:
                  out = annotate(List[Tensor], [])
                  for i in range(torch.len(xs)):
                    _1 = torch.append(out, torch.zeros_like(xs[i]))
                _2 = torch.append(out, flags)
                return out
              def adamw_(self: __torch__.Ops, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], decay: Tensor, beta1: Tensor, beta2: Tensor, step_size: Tensor, root2: Tensor, eps: Tensor) -> Tensor:
                torch._foreach_mul_(p, float(decay))
                torch._foreach_lerp_(m, g, torch.sub(1., float(beta1)))
                torch._foreach_mul_(v, float(beta2))
                torch._foreach_addcmul_(v, g, g, torch.sub(1., float(beta2)))
                d = torch._foreach_sqrt(v)
                torch._foreach_div_(d, float(root2))
                torch._foreach_add_(d, float(eps))
                torch._foreach_addcdiv_(p, m, d, float(step_size))
                return p[0]
              def sgd_(self: __torch__.Ops, p: List[Tensor], g: List[Tensor], rate: Tensor) -> Tensor:
                torch._foreach_add_(p, g, alpha=torch.neg(float(rate)))
                return p[0]
              def copy_(self: __torch__.Ops, into: Tensor, x: Tensor) -> Tensor:
                return torch.copy_(into, x)
            """;

    /**
     * Returns the text of {@code code/__torch__.py}.
     *
     * @param rows how a few rows are multiplied
     */
    static String source(RowProducts rows) {
        return HEAD
                + rows.source()
                + DENSE
                + CONVOLUTION
                + POINTWISE
                + ATTENTION
                + GroupedAttention.SOURCE
                + DecoderOperations.SOURCE
                + CachedAttention.SOURCE
                + LOSS
                + TRAINING;
    }
}
