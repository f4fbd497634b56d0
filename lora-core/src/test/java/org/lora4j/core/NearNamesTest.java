/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("once-per-jdk")
final class NearNamesTest {
    private static final List<String> LLAMA =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "lm_head", "norm");

    @Test
    void theNearestComesFirst() {
        assertThat(NearNames.closest("gate_porj", LLAMA, 2)).startsWith("gate_proj");
        assertThat(NearNames.closest("qproj", LLAMA, 1)).containsExactly("q_proj");
        assertThat(NearNames.closest("Q_PROJ", LLAMA, 1)).containsExactly("q_proj");
        assertThat(NearNames.closest("value", List.of("query", "vale", "value_x"), 3))
                .containsExactly("vale", "value_x");
    }

    @Test
    void eachKindOfMistakeCountsOnce() {
        for (String wanted : List.of("quer", "queryy", "quary", "qurey", "uqery")) {
            assertThat(NearNames.closest(wanted, List.of("query"), 1))
                    .as(wanted)
                    .containsExactly("query");
        }
        // Two of six letters is a third; three are too many.
        assertThat(NearNames.closest("abcdef", List.of("abcdxy"), 1)).containsExactly("abcdxy");
        assertThat(NearNames.closest("abcdef", List.of("abcwxy"), 1)).isEmpty();
        assertThat(NearNames.closest("abcdef", List.of("badcef", "abefcd"), 2))
                .containsExactly("badcef");
    }

    @Test
    void fewerMistakesComeFirst() {
        assertThat(NearNames.closest("bcdefghi", List.of("aabcdefghi", "bcdefghx"), 2))
                .containsExactly("bcdefghx", "aabcdefghi");
        assertThat(NearNames.closest("abcdef", List.of("abcdfe", "abcdef"), 2))
                .containsExactly("abcdef", "abcdfe");
        assertThat(NearNames.closest("a_bcd_x", List.of("yyyyyyyy_bcd", "yyyyyyyy_bc"), 2))
                .containsExactly("yyyyyyyy_bcd");
    }

    @Test
    void partsAndSharedWordsAreNearToo() {
        assertThat(NearNames.closest("query_projection", List.of("key", "query", "dense"), 3))
                .containsExactly("query");
        assertThat(NearNames.closest("w", List.of("weight"), 3)).isEmpty();
        assertThat(NearNames.closest("self.dense_one", List.of("two.dense", "on"), 3))
                .containsExactly("two.dense");
        assertThat(NearNames.closest("a.bc.de_fg", List.of("xx.bc.yyyyyyy"), 3)).isEmpty();
        assertThat(NearNames.closest("xquery", List.of("dense.xquery.layer", "xqueryy"), 3))
                .containsExactly("xqueryy", "dense.xquery.layer");
        assertThat(NearNames.closest("the_dense_one", List.of("a_dense_b", "one"), 3))
                .containsExactly("one", "a_dense_b");
    }

    @Test
    void nothingNearGivesNothingAndMaxHolds() {
        assertThat(NearNames.closest("zzz", LLAMA, 3)).isEmpty();
        assertThat(NearNames.closest("x_proj", LLAMA, 2)).containsExactly("q_proj", "k_proj");
        assertThat(NearNames.closest("x_proj", LLAMA, 0)).isEmpty();
        assertThat(NearNames.closest("x_proj", LLAMA, -1)).isEmpty();
        assertThat(NearNames.closest("q", List.of("q", "q"), 5)).containsExactly("q");
    }

    @Test
    void largeInputsCostLittle() {
        List<String> known = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            known.add("a".repeat(300) + i);
        }
        known.add("target");
        assertThat(NearNames.closest("target", known, 3)).isEmpty();
        known.set(19_999, "target");
        assertThat(NearNames.closest("target", known, 3)).containsExactly("target");
        String tail = "b".repeat(64);
        assertThat(NearNames.closest("x".repeat(1_000_000) + tail, List.of("y" + tail), 1))
                .containsExactly("y" + tail);
    }

    @Property(tries = 500)
    void anyTextsAreAccepted(
            @ForAll String wanted, @ForAll List<String> known, @ForAll @IntRange(max = 9) int max) {
        assertThat(NearNames.closest(wanted, known, max))
                .hasSizeLessThanOrEqualTo(max)
                .doesNotHaveDuplicates()
                .isSubsetOf(known);
    }
}
