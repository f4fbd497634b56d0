/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientFlow;
import org.lora4j.torch.tape.GradientTape;
import org.lora4j.torch.tape.TapeValue;

/**
 * Normalisations on a tape. Each keeps its input and a few numbers for each row; its result is
 * computed again where a derivative reads it.
 */
final class TapedNorms {
    private TapedNorms() {}

    /**
     * Y = w ∘ X r with r = 1/√(mean X² + ε), or (1 + w) ∘ X r; ∂X = r (G - X̂ mean(G ∘ X̂)) with G
     * = ∂Y ∘ w and X̂ = X r.
     */
    static NDArray rms(GradientTape tape, NDArray x, NDArray w, double eps, boolean shifted) {
        TapeValue in = tape.value(x);
        TapeValue weight = tape.weight(w);
        NDList made = Script.PARTS.list("rms", x, w, eps, shifted);
        NDArray y = made.get(0);
        NDArray r = made.get(1);
        if (tape.isConstant(y, in, weight)) {
            r.close();
            return y;
        }
        tape.keep(in);
        tape.own(r);
        TapeValue out =
                tape.result(
                        y,
                        (g, flow) -> {
                            NDArray input = in.read();
                            NDArray factor = weight.read();
                            if (weight.isNeeded()) {
                                flow.add(
                                        weight,
                                        Script.PARTS.array("rms_weight_back", g, input, r, factor));
                            }
                            if (in.isNeeded()) {
                                NDArray into = GradientFlow.into(in);
                                NDArray sum =
                                        Script.PARTS.array(
                                                "rms_back", g, input, r, factor, shifted, into);
                                GradientFlow.set(in, sum);
                            }
                            r.close();
                        });
        out.recomputedBy(
                () -> Script.PARTS.array("rms_again", in.read(), r, weight.read(), shifted));
        return y;
    }

    /** Layer normalisation, as torch.layer_norm. */
    static NDArray layer(GradientTape tape, NDArray x, NDArray w, @Nullable NDArray b, double eps) {
        NDList made = Script.PARTS.list("layer_norm", x, w, b, eps);
        return layer(tape, tape.value(x), w, b, eps, made);
    }

    /** The layer normalisation of X + Y, of which the sum is kept. */
    static NDArray addLayer(
            GradientTape tape, NDArray x, NDArray y, NDArray w, @Nullable NDArray b, double eps) {
        TapeValue left = tape.value(x);
        TapeValue right = tape.value(y);
        TapedElements.requireAlike(x, y);
        NDList made = Script.PARTS.list("add_layer_norm", x, y, w, b, eps);
        NDArray z = made.remove(0);
        TapeValue sum = TapedElements.recordSum(tape, z, left, right);
        NDArray result = layer(tape, sum, w, b, eps, made);
        z.close();
        return result;
    }

    private static NDArray layer(
            GradientTape tape,
            TapeValue in,
            NDArray w,
            @Nullable NDArray b,
            double eps,
            NDList made) {
        TapeValue weight = tape.weight(w);
        TapeValue bias = b == null ? null : tape.weight(b);
        NDArray y = made.get(0);
        NDArray mean = made.get(1);
        NDArray r = made.get(2);
        boolean isConstant =
                bias == null
                        ? tape.isConstant(y, in, weight)
                        : tape.isConstant(y, in, weight, bias);
        if (isConstant) {
            mean.close();
            r.close();
            return y;
        }
        tape.keep(in);
        tape.own(mean);
        tape.own(r);
        long[] needs = {
            TapedProducts.flag(in),
            TapedProducts.flag(weight),
            bias == null ? 0 : TapedProducts.flag(bias)
        };
        TapeValue out =
                tape.result(
                        y,
                        (g, flow) -> {
                            NDList found =
                                    Script.PARTS.list(
                                            "layer_norm_back",
                                            g,
                                            in.read(),
                                            mean,
                                            r,
                                            weight.read(),
                                            bias == null ? null : bias.read(),
                                            needs);
                            int next = 0;
                            if (in.isNeeded()) {
                                flow.add(in, found.get(next++));
                            }
                            if (weight.isNeeded()) {
                                flow.add(weight, found.get(next++));
                            }
                            if (bias != null && bias.isNeeded()) {
                                flow.add(bias, found.get(next));
                            }
                            mean.close();
                            r.close();
                        });
        out.recomputedBy(
                () ->
                        Script.PARTS.array(
                                "layer_norm_again",
                                in.read(),
                                weight.read(),
                                bias == null ? null : bias.read(),
                                eps));
        return y;
    }
}
