/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LinearFixture;
import org.lora4j.block.NaiveLora;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.pass.Invocations;
import org.lora4j.block.pass.RowLayout.Starts;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.variant.LoraVariant;

/** Pairs that act from an invocation on, against products of the rows on which they act. */
final class InvokedLoraTest {
    private static final List<Integer> FIRST = List.of(4, 9);
    private static final List<Integer> OTHER = List.of(8);
    private static final int ROWS = 7;
    private static final long[] LENGTHS = {3, 2, 2};
    private static final int[] ORDER = {0, 1, 2};

    /** Of text 0 from its second token on, never of text 1, and of all of text 2. */
    private static long start(int text, List<Integer> invocation) {
        return invocation.equals(FIRST) ? new long[] {1, Starts.NEVER, -3}[text] : 2 - text;
    }

    private static AdapterSpec spec(int rank, double alpha, List<Integer> invocation) {
        return LinearFixture.spec(rank, alpha, 0)
                .withVariant(new LoraVariant.Activated(invocation));
    }

    private static double[][] rows(double[][] of, double[][] otherwise, boolean... acting) {
        double[][] rows = new double[acting.length][];
        Arrays.setAll(rows, i -> acting[i] ? of[i] : otherwise[i]);
        return rows;
    }

    @Test
    void aPairActsOnTheRowsFromItsInvocationOn() {
        try (LinearFixture f = new LinearFixture(true)) {
            double[][] x = NaiveLora.random(5, ROWS, LinearFixture.IN);
            double[][] base = f.control.forward(x);
            f.add("a", spec(2, 7, FIRST), 20, 1);
            double[][] all = f.control.forward(x);
            ActiveAdapters active = f.context.active();
            active.setDefault(AdapterSelection.of("a"));
            try (ActiveAdapters.Scope pass = active.pass()) {
                active.layOut(ORDER, LENGTHS, InvokedLoraTest::start);
                NDArray y = f.forward(f.input(x, ROWS, LinearFixture.IN));
                LinearFixture.assertClose(
                        y, rows(all, base, false, true, true, false, false, true, true));
                assertThat(y.toFloatArray()).isNotEqualTo(NaiveLora.flat(all));
            }
        }
    }

    @Test
    void pairsOfOneSelectionBeginEachAtItsOwnInvocation() {
        try (LinearFixture f = new LinearFixture(false)) {
            double[][] x = NaiveLora.random(5, ROWS, LinearFixture.IN);
            double[][] base = f.control.forward(x);
            f.add("a", spec(2, 7, FIRST), 20, 1);
            double[][] first = f.control.forward(x);
            f.add("b", spec(1, 3, OTHER), 30, 0.5);
            double[][] both = f.control.forward(x);
            double[][] other = new double[ROWS][LinearFixture.OUT];
            NaiveLora.add(other, both, 1);
            NaiveLora.add(other, first, -1);
            NaiveLora.add(other, base, 1);
            ActiveAdapters active = f.context.active();
            active.setDefault(new AdapterSelection(Map.of("a", 1.0, "b", 0.5)));
            try (ActiveAdapters.Scope pass = active.pass()) {
                active.layOut(ORDER, LENGTHS, InvokedLoraTest::start);
                NDArray y = f.forward(f.input(x, ROWS, LinearFixture.IN));
                double[][] expected = {
                    base[0], first[1], both[2], base[3], other[4], both[5], both[6]
                };
                LinearFixture.assertClose(y, expected);
                active.pick(1, 4, 6);
                double[][] few = {x[1], x[4], x[6]};
                y = f.forward(f.input(few, 3, LinearFixture.IN));
                LinearFixture.assertClose(y, new double[][] {first[1], other[4], both[6]});
            }
        }
    }

    @Test
    void textsOfABatchHaveTheirOwnInvocations() {
        try (LinearFixture f = new LinearFixture(true)) {
            double[][] x = NaiveLora.random(5, ROWS, LinearFixture.IN);
            double[][] base = f.control.forward(x);
            f.add("a", spec(2, 7, FIRST), 20, 1);
            double[][] all = f.control.forward(x);
            ActiveAdapters active = f.context.active();
            try (ActiveAdapters.Scope use =
                            active.useKnown(AdapterRows.of("a", "a", AdapterRows.BASE));
                    ActiveAdapters.Scope pass = active.pass()) {
                active.layOut(ORDER, LENGTHS, InvokedLoraTest::start);
                NDArray y = f.forward(f.input(x, ROWS, LinearFixture.IN));
                LinearFixture.assertClose(
                        y, rows(all, base, false, true, true, false, false, false, false));
                double[][] ends = {x[2], x[4], x[6]};
                y = f.forward(f.input(ends, 3, LinearFixture.IN));
                LinearFixture.assertClose(y, new double[][] {all[2], base[4], base[6]});
                active.layOut(ORDER, LENGTHS);
                assertThatThrownBy(() -> f.forward(f.input(x, ROWS, LinearFixture.IN)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("not known where");
            }
        }
    }

    @Test
    void aBlockThatKnowsNoIdsRefusesThem() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", spec(2, 7, FIRST), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            NDArray x = f.input(NaiveLora.random(5, 2, LinearFixture.IN), 2, LinearFixture.IN);
            assertThatThrownBy(() -> f.forward(x))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("[a]", "aLoRA", "language model");
            assertThatThrownBy(() -> f.layer.merge())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("cannot be merged", "aLoRA");
        }
    }

    @Test
    void theLastOccurrenceOfAnInvocationCounts() {
        long[] ids = {4, 9, 4, 4, 9, 1};
        assertThat(Invocations.last(FIRST, ids.length, i -> ids[i])).isEqualTo(3);
        assertThat(Invocations.last(FIRST, 4, i -> ids[i])).isZero();
        assertThat(Invocations.last(List.of(9, 1), ids.length, i -> ids[i])).isEqualTo(4);
        assertThat(Invocations.last(List.of(9, 9), ids.length, i -> ids[i]))
                .isEqualTo(Starts.NEVER);
        assertThat(Invocations.last(FIRST, 1, i -> ids[i])).isEqualTo(Starts.NEVER);
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> new LoraVariant.Activated(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("invocation");
        assertThatThrownBy(() -> new LoraVariant.Activated(List.of(3, -1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
        assertThatThrownBy(
                        () ->
                                LoraConfig.builder()
                                        .optVariant(new LoraVariant.Activated(FIRST))
                                        .optDora(true)
                                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("aLoRA", "DoRA");
    }
}
