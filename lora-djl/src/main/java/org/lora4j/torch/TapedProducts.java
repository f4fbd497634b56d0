/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.core.DeltaDtype;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientFlow;
import org.lora4j.torch.tape.GradientTape;
import org.lora4j.torch.tape.TapeValue;
import org.lora4j.torch.tape.UnrecordedException;

/** Linear layers and their low-rank terms on a tape. */
final class TapedProducts {
    private TapedProducts() {}

    /** Y = X Wᵀ + b; ∂X = ∂Y W, ∂W = ∂Yᵀ X and ∂b = Σ ∂Y. */
    static NDArray linear(GradientTape tape, NDArray x, NDArray w, @Nullable NDArray b) {
        if (w instanceof PackedWeight packed) {
            return packed(tape, x, packed, b);
        }
        TapeValue in = tape.value(x);
        TapeValue weight = tape.weight(w);
        TapeValue bias = b == null ? null : tape.weight(b);
        boolean direct = !tape.isWatching() && Products.isDirect(x, w);
        NDArray y = Script.PARTS.array("linear", x, w, b, direct);
        boolean biasNeeded = bias != null && bias.isNeeded();
        if (!in.isNeeded() && !weight.isNeeded() && !biasNeeded) {
            tape.result(y, null);
            return y;
        }
        if (weight.isNeeded()) {
            tape.keep(in);
        }
        tape.result(
                y,
                (g, flow) -> {
                    if (in.isNeeded()) {
                        NDArray into = GradientFlow.into(in);
                        NDArray sum =
                                Script.PARTS.array("linear_back", g, weight.read(), into, direct);
                        GradientFlow.set(in, sum);
                    }
                    if (weight.isNeeded()) {
                        NDArray found =
                                Script.PARTS.array(
                                        "linear_weight_back", g, in.read(), weight.read());
                        flow.add(weight, found);
                    }
                    if (bias != null && bias.isNeeded()) {
                        flow.add(bias, Script.PARTS.array("bias_back", g, bias.read()));
                    }
                });
        return y;
    }

    /** The same with a packed W, which is unpacked for each product and never kept. */
    private static NDArray packed(
            GradientTape tape, NDArray x, PackedWeight w, @Nullable NDArray b) {
        TapeValue in = tape.value(x);
        TapeValue bias = b == null ? null : tape.weight(b);
        boolean direct = !tape.isWatching() && Products.isDirect(x, w.getShape());
        NDArray y =
                Packing.multiply(w, x, dense -> Script.PARTS.array("linear", x, dense, b, direct));
        boolean biasNeeded = bias != null && bias.isNeeded();
        if (!in.isNeeded() && !biasNeeded) {
            tape.result(y, null);
            return y;
        }
        tape.result(
                y,
                (g, flow) -> {
                    if (in.isNeeded()) {
                        NDArray into = GradientFlow.into(in);
                        NDArray sum =
                                Packing.multiply(
                                        w,
                                        g,
                                        dense ->
                                                Script.PARTS.array(
                                                        "linear_back", g, dense, into, direct));
                        GradientFlow.set(in, sum);
                    }
                    if (bias != null && bias.isNeeded()) {
                        flow.add(bias, Script.PARTS.array("bias_back", g, bias.read()));
                    }
                });
        return y;
    }

    /**
     * Y + s H Bᵀ with H = X Aᵀ; ∂H = s ∂Y B, ∂X = ∂H A, ∂A = ∂Hᵀ X and ∂B = s ∂Yᵀ H.
     *
     * @param overwrites whether the sum may be written into y
     */
    static NDArray lowRank(
            GradientTape tape, NDArray y, NDArray x, LowRankTerm term, boolean overwrites) {
        TapeValue sum = tape.value(y);
        TapeValue in = tape.value(x);
        TapeValue a = tape.weight(term.a());
        TapeValue b = tape.weight(term.b());
        NDArray diagonal = term.diagonal();
        TapeValue d = diagonal == null ? null : tape.weight(diagonal);
        boolean byD = d != null && d.isNeeded();
        NDArray columns = columns(term.b(), diagonal);
        boolean wide = term.dtype() == DeltaDtype.FLOAT32;
        double s = term.scaling();
        NDArray into = overwrites || wide ? y : Torch.copy(y);
        NDList made = Script.PARTS.list("low_rank", into, x, term.a(), columns, s, wide);
        NDArray out = made.get(0);
        NDArray h = made.get(1);
        if (columns != term.b()) {
            columns.close();
        }
        boolean termNeeded = in.isNeeded() || a.isNeeded() || b.isNeeded() || byD;
        if (!byD && tape.isConstant(out, sum, in, a, b)) {
            h.close();
            return out;
        }
        tape.keep(in);
        tape.own(h);
        long[] needs = {flag(in), flag(a), byD ? 1 : flag(b)};
        tape.result(
                out,
                (g, flow) -> {
                    flow.pass(sum);
                    if (termNeeded) {
                        NDArray ofB = b.read();
                        NDArray ofD = d == null ? null : d.read();
                        NDArray scaled = columns(ofB, ofD);
                        NDArray before = in.isNeeded() ? GradientFlow.into(in) : null;
                        NDList found =
                                Script.PARTS.list(
                                        "low_rank_back",
                                        g,
                                        in.read(),
                                        h,
                                        a.read(),
                                        scaled,
                                        s,
                                        wide,
                                        before,
                                        needs);
                        int next = 0;
                        if (in.isNeeded()) {
                            GradientFlow.set(in, found.get(next++));
                        }
                        if (a.isNeeded()) {
                            flow.add(a, found.get(next++));
                        }
                        if (d != null && ofD != null) {
                            scaled.close();
                            backThrough(flow, found, next, b, ofB, d, ofD);
                        } else if (b.isNeeded()) {
                            flow.add(b, found.get(next));
                        }
                    }
                    h.close();
                });
        return out;
    }

    /** B with its columns multiplied by a diagonal; B itself where there is none. */
    private static NDArray columns(NDArray b, @Nullable NDArray diagonal) {
        return diagonal == null ? b : Script.DENSE.array("scale_features", b, diagonal);
    }

    /** Carries the gradient of the multiplied columns to B and the diagonal. */
    private static void backThrough(
            GradientFlow flow,
            NDList found,
            int next,
            TapeValue b,
            NDArray ofB,
            TapeValue d,
            NDArray ofD) {
        if (!b.isNeeded() && !d.isNeeded()) {
            return;
        }
        NDArray g = found.get(next);
        if (b.isNeeded()) {
            flow.add(b, Script.PARTS.array("scale_features_back", g, ofD));
        }
        if (d.isNeeded()) {
            flow.add(d, Script.PARTS.array("scale_features_vector_back", g, ofB, ofD));
        }
        g.close();
    }

    /**
     * Y' = c ∘ Y + (1 - c) ∘ b with c = m / n; ∂Y = c ∘ ∂Y', ∂m = Σ ∂Y' ∘ (Y - b) / n and ∂b = Σ (1
     * - c) ∘ ∂Y'.
     */
    static NDArray rescale(
            GradientTape tape, NDArray y, NDArray m, NDArray n, @Nullable NDArray b) {
        if (m.getShape().dimension() != 1) {
            throw new UnrecordedException("magnitudes are broadcast over positions");
        }
        TapeValue in = tape.value(y);
        TapeValue magnitudes = tape.weight(m);
        TapeValue bias = b == null ? null : tape.weight(b);
        NDArray out = Script.DENSE.array("rescale", y, m, n, b);
        boolean biasNeeded = bias != null && bias.isNeeded();
        if (!biasNeeded && tape.isConstant(out, in, magnitudes)) {
            return out;
        }
        TapeValue norms = tape.constant(n);
        if (magnitudes.isNeeded()) {
            tape.keep(in);
        }
        long[] needs = {flag(in), flag(magnitudes), biasNeeded ? 1 : 0};
        tape.result(
                out,
                (g, flow) -> {
                    NDList found =
                            Script.PARTS.list(
                                    "rescale_back",
                                    g,
                                    magnitudes.isNeeded() ? in.read() : null,
                                    magnitudes.read(),
                                    norms.read(),
                                    bias == null ? null : bias.read(),
                                    needs);
                    int next = 0;
                    if (in.isNeeded()) {
                        flow.add(in, found.get(next++));
                    }
                    if (magnitudes.isNeeded()) {
                        flow.add(magnitudes, found.get(next++));
                    }
                    if (bias != null && bias.isNeeded()) {
                        flow.add(bias, found.get(next));
                    }
                    norms.release();
                });
        return out;
    }

    static long flag(TapeValue value) {
        return value.isNeeded() ? 1 : 0;
    }
}
