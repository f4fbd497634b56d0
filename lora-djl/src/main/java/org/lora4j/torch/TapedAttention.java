/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientTape;
import org.lora4j.torch.tape.TapeValue;
import org.lora4j.torch.tape.UnrecordedException;

/** Attention on a tape, which keeps what attention_parts.py says. */
final class TapedAttention {
    private TapedAttention() {}

    /** The derivative's call, with what was saved. */
    private interface Back {
        NDList gradients(NDArray g, NDList saved);
    }

    static NDArray causal(
            GradientTape tape,
            NDArray q,
            NDArray k,
            NDArray v,
            NDArray lengths,
            AttentionShape shape,
            @Nullable NDArray kept,
            double keepScale) {
        requireCpu(q);
        NDList made =
                Script.ATTENTION_PARTS.list(
                        "causal",
                        q,
                        k,
                        v,
                        lengths,
                        shape.heads(),
                        shape.scale(),
                        shape.window(),
                        shape.softCap(),
                        kept,
                        keepScale);
        TapeValue rows = tape.constant(lengths);
        TapeValue mask = kept == null ? null : tape.constant(kept);
        return recorded(
                tape,
                List.of(q, k, v),
                made,
                (g, saved) ->
                        Script.ATTENTION_PARTS.list(
                                "causal_back",
                                g,
                                saved,
                                rows.read(),
                                shape.heads(),
                                shape.groups(),
                                shape.scale(),
                                shape.window(),
                                shape.softCap(),
                                mask == null ? null : mask.read(),
                                keepScale));
    }

    /**
     * Attention inside each of some texts.
     *
     * @param texts their number, where they are of one length
     * @param place where each row goes among the padded groups; null where no text is padded
     */
    static NDArray grouped(
            GradientTape tape,
            List<NDArray> queryKeyValue,
            int heads,
            int texts,
            @Nullable NDArray place,
            List<NDArray> masks,
            GroupedAttention.Changes changes) {
        NDArray q = queryKeyValue.get(0);
        requireCpu(q);
        NDList made =
                Script.ATTENTION_PARTS.list(
                        "grouped",
                        q,
                        queryKeyValue.get(1),
                        queryKeyValue.get(2),
                        heads,
                        texts,
                        place,
                        masks,
                        changes.bias(),
                        changes.kept(),
                        changes.keepScale());
        TapeValue places = place == null ? null : tape.constant(place);
        List<TapeValue> masksKept = constants(tape, masks);
        TapeValue bias = changes.bias() == null ? null : tape.constant(changes.bias());
        List<TapeValue> keptKept = constants(tape, changes.kept());
        return recorded(
                tape,
                queryKeyValue,
                made,
                (g, saved) ->
                        Script.ATTENTION_PARTS.list(
                                "grouped_back",
                                g,
                                saved,
                                heads,
                                texts,
                                places == null ? null : places.read(),
                                read(masksKept),
                                bias == null ? null : bias.read(),
                                read(keptKept),
                                changes.keepScale()));
    }

    /** The derivative's call, with the inputs and what it reads beside them. */
    interface BackFromInputs {
        NDList gradients(NDArray g, NDList inputs, NDList constants);
    }

    /**
     * Records an attention whose derivative forms everything again from its inputs.
     *
     * @param constants what it reads that has no gradient
     * @param out its result
     */
    static NDArray recomputed(
            GradientTape tape,
            List<NDArray> inputs,
            List<NDArray> constants,
            NDArray out,
            BackFromInputs back) {
        requireCpu(out);
        List<TapeValue> values = inputs.stream().map(tape::value).toList();
        if (tape.isConstant(out, values.toArray(TapeValue[]::new))) {
            return out;
        }
        values.forEach(tape::keep);
        List<TapeValue> fixed = constants(tape, constants);
        tape.result(
                out,
                (g, flow) -> {
                    NDList found = back.gradients(g, read(values), read(fixed));
                    for (int i = 0; i < values.size(); i++) {
                        flow.add(values.get(i), found.get(i));
                    }
                });
        return out;
    }

    /** On other devices ATen's own kernels are better. */
    private static void requireCpu(NDArray q) {
        if (q.getDevice().isGpu()) {
            throw new UnrecordedException("attention on a GPU");
        }
    }

    private static List<TapeValue> constants(GradientTape tape, List<NDArray> arrays) {
        return arrays.stream().map(tape::constant).toList();
    }

    private static NDList read(List<TapeValue> values) {
        NDList arrays = new NDList();
        for (TapeValue value : values) {
            arrays.add(value.read());
        }
        return arrays;
    }

    private static NDArray recorded(
            GradientTape tape, List<NDArray> inputs, NDList made, Back back) {
        List<TapeValue> values = inputs.stream().map(tape::value).toList();
        NDArray out = made.get(0);
        NDList saved = made.subNDList(1);
        if (tape.isConstant(out, values.toArray(TapeValue[]::new))) {
            saved.close();
            return out;
        }
        for (NDArray each : saved) {
            tape.own(each);
        }
        tape.result(
                out,
                (g, flow) -> {
                    NDList found = back.gradients(g, saved);
                    for (int i = 0; i < values.size(); i++) {
                        flow.add(values.get(i), found.get(i));
                    }
                    saved.close();
                });
        return out;
    }
}
