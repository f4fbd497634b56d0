/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.RowTerm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientFlow;
import org.lora4j.torch.tape.GradientTape;
import org.lora4j.torch.tape.TapeValue;

/** Operations on rows that follow one another, on a tape. */
final class TapedRows {
    private TapedRows() {}

    /**
     * Terms as the operations take them: a list of each of their numbers.
     *
     * @param as each A
     * @param bs each B
     * @param scalings each s
     * @param rows the first and the last + 1 of the rows of each
     * @param wide 1 where a term is computed in float32
     */
    @SuppressWarnings("ArrayRecordComponent") // handed to native memory as they are
    record Terms(NDList as, NDList bs, double[] scalings, long[] rows, long[] wide) {
        static Terms of(List<RowTerm> terms) {
            int count = terms.size();
            Terms made =
                    new Terms(
                            new NDList(),
                            new NDList(),
                            new double[count],
                            new long[2 * count],
                            new long[count]);
            for (int i = 0; i < count; i++) {
                LowRankTerm term = terms.get(i).term();
                made.as.add(term.a());
                made.bs.add(term.b());
                made.scalings[i] = term.scaling();
                made.rows[2 * i] = terms.get(i).from();
                made.rows[2 * i + 1] = terms.get(i).to();
                made.wide[i] = term.dtype() == DeltaDtype.FLOAT32 ? 1 : 0;
            }
            return made;
        }
    }

    /**
     * Y with s H Bᵀ added to the rows of each term, H = X Aᵀ; the derivatives of {@link
     * TapedProducts#lowRank} on these rows.
     *
     * @param overwrites whether the sum may be written into y
     */
    static NDArray lowRank(
            GradientTape tape, NDArray y, NDArray x, List<RowTerm> terms, boolean overwrites) {
        TapeValue sum = tape.value(y);
        TapeValue in = tape.value(x);
        List<TapeValue> matrices = new ArrayList<>();
        for (RowTerm each : terms) {
            matrices.add(tape.weight(each.term().a()));
            matrices.add(tape.weight(each.term().b()));
        }
        Terms all = Terms.of(terms);
        NDArray into = overwrites ? y : Torch.copy(y);
        NDList made =
                Script.PARTS.list(
                        "low_rank_rows", into, x, all.as, all.bs, all.scalings, all.rows, all.wide);
        NDArray out = made.get(0);
        NDList hidden = made.subNDList(1);
        List<TapeValue> read = new ArrayList<>(matrices);
        read.add(in);
        boolean termNeeded = read.stream().anyMatch(TapeValue::isNeeded);
        read.add(sum);
        if (tape.isConstant(out, read.toArray(new TapeValue[0]))) {
            hidden.close();
            return out;
        }
        tape.keep(in);
        hidden.forEach(tape::own);
        tape.result(
                out,
                (g, flow) -> {
                    flow.pass(sum);
                    if (termNeeded) {
                        back(g, flow, in, hidden, matrices, all);
                    }
                    hidden.close();
                });
        return out;
    }

    private static void back(
            NDArray g,
            GradientFlow flow,
            TapeValue in,
            NDList hidden,
            List<TapeValue> matrices,
            Terms all) {
        NDList as = new NDList();
        NDList bs = new NDList();
        for (int i = 0; i < matrices.size(); i += 2) {
            as.add(matrices.get(i).read());
            bs.add(matrices.get(i + 1).read());
        }
        NDArray before = in.isNeeded() ? GradientFlow.into(in) : null;
        NDList found =
                Script.PARTS.list(
                        "low_rank_rows_back",
                        g,
                        in.read(),
                        hidden,
                        as,
                        bs,
                        all.scalings,
                        all.rows,
                        all.wide,
                        before,
                        in.isNeeded());
        int next = 0;
        if (in.isNeeded()) {
            GradientFlow.set(in, found.get(next++));
        }
        for (TapeValue matrix : matrices) {
            flow.add(matrix, found.get(next++));
        }
    }

    /** Rows that follow one another, in memory of their own. */
    static NDArray span(GradientTape tape, NDArray x, long from, long to) {
        TapeValue in = tape.value(x);
        NDArray y = Script.PARTS.array("span_copy", x, from, to);
        long count = x.getShape().get(0);
        if (!tape.isConstant(y, in)) {
            tape.result(
                    y,
                    (g, flow) -> {
                        NDArray into = GradientFlow.into(in);
                        NDArray sum = Script.PARTS.array("span_back", g, into, from, count);
                        GradientFlow.set(in, sum);
                    });
        }
        return y;
    }

    /** Rows one after another. */
    static NDArray join(GradientTape tape, NDList parts) {
        List<TapeValue> ins = new ArrayList<>();
        long[] ends = new long[parts.size()];
        long end = 0;
        for (int i = 0; i < ends.length; i++) {
            ins.add(tape.value(parts.get(i)));
            end += parts.get(i).getShape().get(0);
            ends[i] = end;
        }
        NDArray y = Script.ROWS.array("join", parts);
        if (!tape.isConstant(y, ins.toArray(new TapeValue[0]))) {
            tape.result(
                    y,
                    (g, flow) -> {
                        for (int i = 0; i < ends.length; i++) {
                            long from = i == 0 ? 0 : ends[i - 1];
                            flow.add(ins.get(i), Script.PARTS.array("span_copy", g, from, ends[i]));
                        }
                    });
        }
        return y;
    }
}
