/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class AttemptTest {
    @Test
    void attemptsStandInTheOrderOfTheTextsAndKeepTheirOwnFailure() {
        List<Attempt<Integer>> attempts =
                Attempt.all(
                        10_000,
                        i -> {
                            if (i % 7 == 3) {
                                throw new IllegalStateException("text " + i);
                            }
                            return 2 * i;
                        });
        assertThat(attempts).hasSize(10_000);
        IntStream.range(0, attempts.size())
                .forEach(
                        i -> {
                            if (i % 7 == 3) {
                                assertThatThrownBy(attempts.get(i)::get)
                                        .isInstanceOf(IllegalStateException.class)
                                        .hasMessage("text " + i);
                            } else {
                                assertThat(attempts.get(i).get()).isEqualTo(2 * i);
                            }
                        });
    }
}
