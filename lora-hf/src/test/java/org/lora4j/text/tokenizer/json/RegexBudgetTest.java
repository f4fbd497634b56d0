/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns that go back without end are refused, also where Java's engine would remember. */
final class RegexBudgetTest {
    @ParameterizedTest
    @ValueSource(strings = {"(a|a)*b", "(?:a|aa)+c", "(a?a)*b", "(?:\\w|\\d)+!", "(a{1,2})*b"})
    void repeatedChoicesThatOverlapAreRefused(String regex) {
        assertThatThrownBy(() -> RegexBudget.check(regex, "the pattern"))
                .isInstanceOf(TokenizerFormatException.class)
                .hasMessageContaining(regex);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?:[a-z]|[0-9])+",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
                        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                " ?[^(\\s|[.,!?…。，、।۔،])]+"
            })
    void usualPatternsPass(String regex) throws TokenizerFormatException {
        assertThat(RegexBudget.check(regex, "the pattern")).isPositive();
    }
}
