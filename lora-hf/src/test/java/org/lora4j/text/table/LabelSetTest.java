/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.text.TextExample;

final class LabelSetTest {
    private static List<TextExample> rows(String... labels) {
        List<TextExample> rows = new ArrayList<>();
        for (String label : labels) {
            rows.add(new TextExample(rows.size() + 2, "x", null, label));
        }
        return rows;
    }

    @Test
    void theConfigsOrderHoldsWhenItCoversTheData() {
        List<String> config = List.of("positive", "negative", "neutral");
        LabelSet byName = LabelSet.forTraining(List.of("negative", "positive"), config);
        assertThat(byName.names()).isEqualTo(config);
        LabelSet byNumber = LabelSet.forTraining(List.of("0", "2"), config);
        assertThat(byNumber.names()).isEqualTo(config);
        assertThat(byNumber.indices(rows("2", "0", "negative"), "f")).containsExactly(2, 0, 1);
    }

    @Test
    void otherwiseTheDatasLabelsAreSortedNumbersByValue() {
        List<String> config = List.of("LABEL_0", "LABEL_1");
        assertThat(LabelSet.forTraining(List.of("pos", "neg", "pos"), config).names())
                .containsExactly("neg", "pos");
        assertThat(LabelSet.forTraining(List.of("10", "9", "-1"), config).names())
                .containsExactly("-1", "9", "10");
        assertThat(LabelSet.forTraining(List.of("10", "9", "b"), null).names())
                .containsExactly("10", "9", "b");
        assertThat(LabelSet.forTraining(List.of("2", "0"), config).names())
                .containsExactly("0", "2");
    }

    @Test
    void namesThatAreNumbersAreNeverReadAsPositions() {
        LabelSet stars = LabelSet.of(List.of("1", "2", "3"));
        assertThat(stars.find("1")).hasValue(0);
        assertThat(stars.find("3")).hasValue(2);
        assertThat(stars.find("0")).isEmpty();
    }

    @Test
    void aWholeNumberIsFoundHoweverItIsWritten() {
        LabelSet set = LabelSet.of(List.of("negative", "positive"));
        assertThat(set.find("1.0")).hasValue(1);
        LabelSet stars = LabelSet.of(List.of("1.0", "2.0"));
        assertThat(stars.find("1")).hasValue(0);
        assertThat(stars.find("2.0")).hasValue(1);
        assertThat(stars.find("0")).isEmpty();
        assertThat(stars.names()).containsExactly("1.0", "2.0");
    }

    @Test
    void anUnknownLabelNamesItselfItsLineAndTheKnownOnes() {
        LabelSet set = LabelSet.of(List.of("negative", "positive"));
        assertThatThrownBy(() -> set.indices(rows("positive", "positve"), "dev.tsv"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "dev.tsv, line 3", "'positve'", "negative, positive", "mean 'positive'");
        assertThatThrownBy(() -> set.indices(rows("2"), "dev.tsv")).hasMessageContaining("'2'");
        assertThatThrownBy(() -> set.indices(rows("-1"), "dev.tsv")).hasMessageContaining("'-1'");
        assertThatThrownBy(
                        () -> set.indices(List.of(new TextExample(5, "x", null, null)), "dev.tsv"))
                .hasMessageContaining("line 5 has no label");
    }

    /** As config.json of an encoder for vectors, such as bge, or of a regression. */
    @Test
    void aConfigOfOneLabelNamesNothing() {
        assertThat(LabelSet.forTraining(List.of("1", "0"), List.of("LABEL_0")).names())
                .containsExactly("0", "1");
        assertThat(LabelSet.forTraining(List.of("0"), List.of("LABEL_0")).names())
                .containsExactly("0");
    }

    @Test
    void emptyAndRepeatedNamesAreRefused() {
        assertThatThrownBy(() -> LabelSet.of(List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LabelSet.of(List.of("a", "b", "a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'a' occurs twice");
    }

    @Test
    void regressionLabelsAreFiniteNumbers() {
        assertThat(RegressionTargets.parse(rows("1", "-0.25", "3.", ".5", "1e-3", "+2E2"), "f"))
                .containsExactly(1f, -0.25f, 3f, 0.5f, 0.001f, 200f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "1e39", "1f", "0x1p3", "", "1,5", "good", "1e99999"})
    void otherRegressionLabelsAreNamedByTheirLine(String label) {
        assertThatThrownBy(() -> RegressionTargets.parse(rows("1", label), "train.csv"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("train.csv, line 3", "'" + label + "'", "finite number");
    }
}
