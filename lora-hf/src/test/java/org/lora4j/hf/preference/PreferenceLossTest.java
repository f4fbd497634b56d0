/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.preference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lora4j.hf.preference.PreferenceLoss.Kind;

@Tag("once-per-jdk")
final class PreferenceLossTest {
    @Test
    void slopesAreTheDifferencesOfValues() {
        double step = 1e-6;
        for (Kind kind : Kind.values()) {
            for (double smoothing : new double[] {0, 0.2}) {
                if (smoothing > 0 && kind != Kind.SIGMOID && kind != Kind.ROBUST) {
                    continue;
                }
                PreferenceLoss loss = new PreferenceLoss(kind, 0.3, smoothing);
                for (double delta : new double[] {-40, -3, -0.4, 0, 0.7, 2, 5, 60}) {
                    double slope =
                            (loss.value(delta + step) - loss.value(delta - step)) / (2 * step);
                    assertThat(loss.slope(delta))
                            .as("%s at %s", loss, delta)
                            .isCloseTo(slope, within(1e-6 * (1 + Math.abs(slope))));
                }
            }
        }
    }

    @Test
    void valuesAreThoseOfTheFormulas() {
        double x = 0.3 * 1.7;
        double right = Math.log(1 / (1 + Math.exp(-x)));
        double wrong = Math.log(1 / (1 + Math.exp(x)));
        PreferenceLoss plain = PreferenceLoss.defaults().withBeta(0.3);
        assertThat(plain.value(1.7)).isCloseTo(-right, within(1e-12));
        assertThat(plain.withLabelSmoothing(0.2).value(1.7))
                .isCloseTo(-0.8 * right - 0.2 * wrong, within(1e-12));
        assertThat(new PreferenceLoss(Kind.ROBUST, 0.3, 0.2).value(1.7))
                .isCloseTo((-0.8 * right + 0.2 * wrong) / 0.6, within(1e-12));
        assertThat(new PreferenceLoss(Kind.HINGE, 0.3, 0).value(1.7))
                .isCloseTo(1 - x, within(1e-12));
        assertThat(new PreferenceLoss(Kind.IPO, 0.3, 0).value(1.7))
                .isCloseTo((1.7 - 1 / 0.6) * (1.7 - 1 / 0.6), within(1e-12));
        assertThat(plain.value(-3e4)).isCloseTo(9e3, within(1e-6)); // no overflow
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new PreferenceLoss(Kind.SIGMOID, 0, 0))
                .hasMessage("beta is 0.0; expected more than 0");
        assertThatThrownBy(() -> new PreferenceLoss(Kind.SIGMOID, 1, 0.5))
                .hasMessage("label smoothing is 0.5; expected 0 to less than 0.5");
        assertThatThrownBy(() -> new PreferenceLoss(Kind.IPO, 1, 0.1))
                .hasMessage("label smoothing is 0.1 with the loss ipo; expected sigmoid or robust");
    }
}
