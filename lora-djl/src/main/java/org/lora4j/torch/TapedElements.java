/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientFlow;
import org.lora4j.torch.tape.GradientTape;
import org.lora4j.torch.tape.TapeValue;
import org.lora4j.torch.tape.UnrecordedException;

/**
 * Operations on a tape that work on each element, or that move elements: activations, dropout,
 * sums, rotary positions, rows and columns.
 */
final class TapedElements {
    private TapedElements() {}

    /**
     * Records a function of each element whose derivative reads its input.
     *
     * @param function the function
     * @param back its derivative times a gradient, of the gradient and the input
     */
    static NDArray activation(
            GradientTape tape,
            NDArray x,
            UnaryOperator<NDArray> function,
            BinaryOperator<NDArray> back) {
        TapeValue in = tape.value(x);
        NDArray y = function.apply(x);
        if (tape.isConstant(y, in)) {
            return y;
        }
        tape.keep(in);
        TapeValue out = tape.result(y, (g, flow) -> flow.add(in, back.apply(g, in.read())));
        out.recomputedBy(() -> function.apply(in.read()));
        return y;
    }

    /**
     * Records a function of each element whose derivative reads its result.
     *
     * @param y the function's result
     * @param back its derivative times a gradient, of the gradient and the result
     */
    static NDArray saturation(
            GradientTape tape, NDArray x, NDArray y, BinaryOperator<NDArray> back) {
        TapeValue in = tape.value(x);
        if (tape.isConstant(y, in)) {
            return y;
        }
        TapeValue[] out = new TapeValue[1];
        out[0] = tape.result(y, (g, flow) -> flow.add(in, back.apply(g, out[0].read())));
        tape.keep(out[0]);
        return y;
    }

    /** silu(x) ∘ y. */
    static NDArray siluMultiply(GradientTape tape, NDArray x, NDArray y) {
        TapeValue gate = tape.value(x);
        TapeValue up = tape.value(y);
        requireAlike(x, y);
        NDArray out = Script.PARTS.array("silu_multiply", x, y);
        if (tape.isConstant(out, gate, up)) {
            return out;
        }
        tape.keep(gate);
        tape.keep(up);
        tape.result(
                        out,
                        (g, flow) -> {
                            NDList found =
                                    Script.PARTS.list(
                                            "silu_multiply_back", g, gate.read(), up.read());
                            flow.add(gate, found.get(0));
                            flow.add(up, found.get(1));
                        })
                .recomputedBy(() -> Script.PARTS.array("silu_multiply", gate.read(), up.read()));
        return out;
    }

    /** x ∘ y, y cast to x's dtype. */
    static NDArray multiply(GradientTape tape, NDArray x, NDArray y) {
        TapeValue left = tape.value(x);
        TapeValue right = tape.value(y);
        requireAlike(x, y);
        NDArray out = Script.DENSE.array("multiply", x, y);
        if (tape.isConstant(out, left, right)) {
            return out;
        }
        tape.keep(left);
        tape.keep(right);
        tape.result(
                        out,
                        (g, flow) -> {
                            if (left.isNeeded()) {
                                flow.add(
                                        left, Script.PARTS.array("multiply_back", g, right.read()));
                            }
                            if (right.isNeeded()) {
                                flow.add(
                                        right, Script.PARTS.array("multiply_back", g, left.read()));
                            }
                        })
                .recomputedBy(() -> Script.DENSE.array("multiply", left.read(), right.read()));
        return out;
    }

    /** x ∘ v, v a vector of as many numbers as a row of x has. */
    static NDArray scaleFeatures(GradientTape tape, NDArray x, NDArray v) {
        TapeValue in = tape.value(x);
        TapeValue vector = tape.weight(v);
        NDArray out = Script.DENSE.array("scale_features", x, v);
        if (tape.isConstant(out, in, vector)) {
            return out;
        }
        if (vector.isNeeded()) {
            tape.keep(in);
        }
        TapeValue result =
                tape.result(
                        out,
                        (g, flow) -> {
                            NDArray factor = vector.read();
                            if (vector.isNeeded()) {
                                flow.add(
                                        vector,
                                        Script.PARTS.array(
                                                "scale_features_vector_back",
                                                g,
                                                in.read(),
                                                factor));
                            }
                            if (in.isNeeded()) {
                                flow.add(in, Script.PARTS.array("scale_features_back", g, factor));
                            }
                        });
        if (vector.isNeeded()) {
            result.recomputedBy(
                    () -> Script.DENSE.array("scale_features", in.read(), vector.read()));
        }
        return out;
    }

    /** y + s b, b a vector of as many numbers as a row of y has. */
    static NDArray addBias(GradientTape tape, NDArray y, NDArray b, double s) {
        TapeValue in = tape.value(y);
        TapeValue vector = tape.weight(b);
        NDArray out = Script.DENSE.array("add_bias", y, b, s, false);
        if (!tape.isConstant(out, in, vector)) {
            tape.result(
                    out,
                    (g, flow) -> {
                        if (vector.isNeeded()) {
                            flow.add(
                                    vector,
                                    Script.PARTS.array("add_bias_back", g, vector.read(), s));
                        }
                        flow.pass(in);
                    });
        }
        return out;
    }

    /** x + y, of one shape and dtype. */
    static NDArray add(GradientTape tape, NDArray x, NDArray y) {
        TapeValue left = tape.value(x);
        TapeValue right = tape.value(y);
        requireAlike(x, y);
        NDArray out = Script.DENSE.array("add", x, y);
        recordSum(tape, out, left, right);
        return out;
    }

    /** Records a sum, whose gradient is that of both summands; returns its value. */
    static TapeValue recordSum(GradientTape tape, NDArray sum, TapeValue left, TapeValue right) {
        if (!tape.isConstant(sum, left, right)) {
            tape.result(
                    sum,
                    (g, flow) -> {
                        flow.pass(left);
                        flow.pass(right);
                    });
        }
        return tape.value(sum);
    }

    /** y + (x - z), of one shape and dtype. */
    static NDArray addDifference(GradientTape tape, NDArray y, NDArray x, NDArray z) {
        TapeValue sum = tape.value(y);
        TapeValue more = tape.value(x);
        TapeValue less = tape.value(z);
        requireAlike(y, x);
        requireAlike(y, z);
        NDArray out = Script.DENSE.array("add_difference", y, x, z);
        if (!tape.isConstant(out, sum, more, less)) {
            tape.result(
                    out,
                    (g, flow) -> {
                        flow.pass(sum);
                        flow.pass(more);
                        flow.add(less, Script.PARTS.array("scale_back", g, -1.0));
                    });
        }
        return out;
    }

    /** x c, c rounded to x's dtype. */
    static NDArray scale(GradientTape tape, NDArray x, double c) {
        TapeValue in = tape.value(x);
        NDArray y = Script.DENSE.array("scale", x, c);
        if (!tape.isConstant(y, in)) {
            tape.result(y, (g, flow) -> flow.add(in, Script.PARTS.array("scale_back", g, c)));
        }
        return y;
    }

    /** x ∘ kept times a factor; the mask is kept, a byte for an element. */
    static NDArray dropout(GradientTape tape, NDArray x, NDArray kept, double factor) {
        TapeValue in = tape.value(x);
        NDArray y = Script.DENSE.array("dropped", x, kept, factor);
        if (tape.isConstant(y, in)) {
            return y;
        }
        TapeValue mask = tape.constant(kept);
        TapeValue out =
                tape.result(
                        y,
                        (g, flow) -> {
                            NDArray into = GradientFlow.into(in);
                            NDArray sum =
                                    Script.PARTS.array(
                                            "dropped_back", g, mask.read(), factor, into);
                            GradientFlow.set(in, sum);
                            mask.release();
                        });
        if (in.isRecomputed()) {
            out.recomputedBy(() -> Script.DENSE.array("dropped", in.read(), mask.read(), factor));
        }
        return y;
    }

    /** x in float32; its gradient in x's dtype. */
    static NDArray toFloat32(GradientTape tape, NDArray x) {
        TapeValue in = tape.value(x);
        NDArray y = Script.DENSE.array("to_float32", x);
        if (tape.isConstant(y, in)) {
            return y;
        }
        NDArray like = tape.own(Script.PARTS.array("nothing_like", x));
        tape.result(
                y,
                (g, flow) -> {
                    if (x.getDataType() == DataType.FLOAT32) {
                        flow.pass(in);
                    } else {
                        flow.add(in, Script.PARTS.array("cast_back", g, like));
                    }
                });
        return y;
    }

    /** Turns by positions; back by the opposite angles. */
    static NDArray rotary(GradientTape tape, NDArray x, NDArray cos, NDArray sin, int heads) {
        TapeValue in = tape.value(x);
        NDArray y = Script.PARTS.array("rotary", x, cos, sin, heads, false);
        if (tape.isConstant(y, in)) {
            return y;
        }
        TapeValue c = tape.constant(cos);
        TapeValue s = tape.constant(sin);
        tape.result(
                y,
                (g, flow) ->
                        flow.add(
                                in,
                                Script.PARTS.array("rotary", g, c.read(), s.read(), heads, true)));
        return y;
    }

    /** Adjoining columns. */
    static NDArray columns(GradientTape tape, NDArray x, int from, int to) {
        TapeValue in = tape.value(x);
        NDArray y = Script.ROWS.array("columns", x, from, to);
        long width = x.getShape().get(x.getShape().dimension() - 1);
        if (!tape.isConstant(y, in)) {
            tape.result(
                    y,
                    (g, flow) -> {
                        NDArray into = GradientFlow.into(in);
                        NDArray sum = Script.PARTS.array("columns_back", g, into, from, to, width);
                        GradientFlow.set(in, sum);
                    });
        }
        return y;
    }

    /** Some of the rows. */
    static NDArray take(GradientTape tape, NDArray x, NDArray places) {
        TapeValue in = tape.value(x);
        NDArray y = Script.ROWS.array("take", x, places);
        if (tape.isConstant(y, in)) {
            return y;
        }
        TapeValue where = tape.constant(places);
        long rows = x.getShape().get(0);
        tape.result(
                y,
                (g, flow) -> {
                    NDArray into = GradientFlow.into(in);
                    NDArray sum = Script.PARTS.array("take_back", g, where.read(), into, rows);
                    GradientFlow.set(in, sum);
                    where.release();
                });
        return y;
    }

    /**
     * Records another view of the same elements.
     *
     * @param y x in another shape
     */
    static NDArray shaped(GradientTape tape, NDArray x, NDArray y) {
        TapeValue in = tape.value(x);
        long[] shape = x.getShape().getShape();
        if (!tape.isConstant(y, in)) {
            tape.result(y, (g, flow) -> flow.addView(in, Script.PARTS.array("shaped", g, shape)));
        }
        return y;
    }

    /** Broadcasting, whose gradient is a sum, and casting are left to autograd. */
    static void requireAlike(NDArray x, NDArray y) {
        if (!x.getShape().equals(y.getShape()) || !x.getDataType().equals(y.getDataType())) {
            throw new UnrecordedException("an operation broadcasts or casts");
        }
    }
}
