/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class ActiveAdaptersTest {
    private final ActiveAdapters active = new ActiveAdapters();

    @Test
    void nothingIsActiveAtFirst() {
        assertThat(active.current().isEmpty()).isTrue();
        assertThat(active.getDefault()).isEqualTo(AdapterSelection.none());
    }

    @Test
    void scopesNestAndRestore() {
        active.setDefault(AdapterSelection.of("d"));
        try (var outer = active.use(AdapterSelection.of("a"))) {
            try (var inner = active.use(AdapterSelection.of("b", "c"))) {
                assertThat(active.current()).isEqualTo(AdapterSelection.of("b", "c"));
                assertThat(active.getDefault()).isEqualTo(AdapterSelection.of("d"));
            }
            assertThat(active.current()).isEqualTo(AdapterSelection.of("a"));
        }
        assertThat(active.current()).isEqualTo(AdapterSelection.of("d"));
    }

    @Test
    void aScopeIsOfItsThread() {
        try (var scope = active.use(AdapterSelection.of("a"))) {
            AdapterSelection elsewhere = CompletableFuture.supplyAsync(active::current).join();
            assertThat(elsewhere.isEmpty()).isTrue();
            assertThatThrownBy(() -> CompletableFuture.runAsync(scope::close).join())
                    .hasCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the thread that opened it");
            assertThat(active.current()).isEqualTo(AdapterSelection.of("a"));
        }
    }

    @Test
    void closingOutOfOrderIsRefusedAndClosingTwiceDoesNothing() {
        ActiveAdapters.Scope outer = active.use(AdapterSelection.of("a"));
        ActiveAdapters.Scope inner = active.use(AdapterSelection.of("b"));
        assertThatThrownBy(outer::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("[a]");
        assertThat(active.current()).isEqualTo(AdapterSelection.of("b"));
        inner.close();
        inner.close();
        assertThat(active.current()).isEqualTo(AdapterSelection.of("a"));
        outer.close();
        assertThat(active.current().isEmpty()).isTrue();
    }

    @Test
    void aSelectionKeepsItsOrderAndRefusesWeightsThatAreNotNumbers() {
        assertThat(AdapterSelection.of("b", "a").weights())
                .containsExactly(Map.entry("b", 1.0), Map.entry("a", 1.0));
        assertThatThrownBy(() -> new AdapterSelection(Map.of("a", Double.NaN)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the weight of adapter \"a\" is NaN; expected a finite number");
        assertThat(AdapterSelection.of("a").isEmpty()).isFalse();
    }

    @Test
    void aSelectionKeepsTheOrderOfAMapThatHasOne() {
        Map<String, Double> weights = new LinkedHashMap<>();
        for (String name : "zeta beta gamma alpha delta".split(" ")) {
            weights.put(name, 1.0);
        }
        AdapterSelection ordered = new AdapterSelection(weights);
        assertThat(ordered.weights().keySet())
                .containsExactly("zeta", "beta", "gamma", "alpha", "delta");
        assertThat(new AdapterSelection(ordered.weights()).weights().keySet())
                .containsExactlyElementsOf(ordered.weights().keySet());
        assertThat(new AdapterSelection(Map.copyOf(weights)).weights().keySet())
                .containsExactly("alpha", "beta", "delta", "gamma", "zeta");
    }
}
