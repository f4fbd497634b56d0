/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lora4j.train.metric.ClassReport.Scores;

/** Each class's scores are those of scikit-learn 1.9.1, called with zero_division=0. */
@Tag("once-per-jdk")
final class ClassReportTest {
    private static final List<String> NAMES = List.of("a", "b", "c", "d", "e");
    private static final String TRUTH =
            "0000 1000 0000 1100 0000 1100 1000 1000 1000 0000 0000 1000 1100 0000 1000 "
                    + "0000 1000 1000 0000 1000 1000 0000 0000 0000 1000 0000 1000 0001 1000 0000";
    private static final String PREDICTED =
            "0000 1000 0000 1000 0000 0000 0100 1100 0000 0100 1000 1010 1100 0000 1000 "
                    + "0000 1000 0010 0100 0010 0010 0100 0000 0000 0000 0010 0000 0100 0000 1100";

    private static void isClose(Scores found, double precision, double recall, double f1, long n) {
        assertThat(found.precision()).isCloseTo(precision, within(1e-12));
        assertThat(found.recall()).isCloseTo(recall, within(1e-12));
        assertThat(found.f1()).isCloseTo(f1, within(1e-12));
        assertThat(found.support()).isEqualTo(n);
    }

    @Test
    void oneClassOfEachExampleIsReported() {
        String truth = "0013001001010001100011010033101110001001";
        String predicted = "0011001003330001100010011332101020023000";
        ClassReport report = ClassReport.ofOne(NAMES);
        for (int i = 0; i < truth.length(); i++) {
            report.add(truth.charAt(i) - '0', predicted.charAt(i) - '0');
        }
        assertThat(report.classes().keySet()).containsExactly("a", "b", "c", "d");
        isClose(
                report.classes().get("a"),
                0.8571428571428571,
                0.8181818181818182,
                0.8372093023255814,
                22);
        isClose(report.classes().get("b"), 0.8, 0.5333333333333333, 0.64, 15);
        isClose(report.classes().get("c"), 0, 0, 0, 0);
        isClose(
                report.classes().get("d"),
                0.16666666666666666,
                0.3333333333333333,
                0.2222222222222222,
                3);
        isClose(report.micro(), 0.675, 0.675, 0.675, 40);
        isClose(report.macro(), 0.45595238095238094, 0.4212121212121212, 0.4248578811369509, 40);
        isClose(report.weighted(), 0.7839285714285714, 0.675, 0.7171317829457364, 40);
        assertThat(report.confusion().keySet()).containsExactly("a", "b", "c", "d");
        assertThat(report.confusion().get("a").values()).containsExactly(18L, 1L, 1L, 2L);
        assertThat(report.confusion().get("b").values()).containsExactly(3L, 8L, 1L, 3L);
        assertThat(report.confusion().get("c").values()).containsExactly(0L, 0L, 0L, 0L);
        assertThat(report.confusion().get("d").values()).containsExactly(0L, 1L, 1L, 1L);
        assertThatIllegalStateException()
                .isThrownBy(() -> report.add(Set.of(1), Set.of()))
                .withMessageContaining("add(int, int)");
    }

    private static Set<Integer> ids(String bits) {
        return IntStream.range(0, bits.length())
                .filter(i -> bits.charAt(i) == '1')
                .boxed()
                .collect(Collectors.toSet());
    }

    @Test
    void anyNumberOfClassesOfEachExampleIsReported() {
        String[] truth = TRUTH.split(" ");
        String[] predicted = PREDICTED.split(" ");
        ClassReport report = ClassReport.ofSeveral(NAMES.subList(0, 4));
        for (int i = 0; i < truth.length; i++) {
            report.add(ids(truth[i]), ids(predicted[i]));
        }
        assertThat(report.examples()).isEqualTo(30);
        isClose(report.classes().get("a"), 0.7777777777777778, 0.4375, 0.56, 16);
        isClose(report.classes().get("b"), 0.125, 0.3333333333333333, 0.18181818181818182, 3);
        isClose(report.classes().get("c"), 0, 0, 0, 0);
        isClose(report.classes().get("d"), 0, 0, 0, 1);
        isClose(report.micro(), 0.36363636363636365, 0.4, 0.38095238095238093, 20);
        isClose(report.macro(), 0.22569444444444445, 0.19270833333333331, 0.18545454545454548, 20);
        isClose(report.weighted(), 0.6409722222222223, 0.4, 0.4752727272727273, 20);
        isClose(report.samples(), 0.2, 0.21666666666666667, 0.2, 20);
        assertThat(report.cells().values())
                .containsExactly(
                        new ClassReport.Cells(12, 2, 9, 7),
                        new ClassReport.Cells(20, 7, 2, 1),
                        new ClassReport.Cells(25, 5, 0, 0),
                        new ClassReport.Cells(29, 0, 1, 0));
        assertThatIllegalStateException()
                .isThrownBy(report::confusion)
                .withMessageContaining("cells()");
    }
}
