/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Trees.mlp has a 7x3 matrix in 01Linear and a 5x7 one in 03Linear. */
final class WideRanksTest {
    @Test
    void aRankAboveTheSmallerSideOfAMatrixIsTold() {
        assertThat(said(3)).doesNotContain("rank");
        assertThat(said(4))
                .contains("01Linear has rank 4, above its full rank of 3:")
                .doesNotContain("03Linear");
        assertThat(said(6)).contains("01Linear has rank 6, above its full rank of 3 (2 layers");
    }

    private static String said(int rank) {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        PrintStream before = System.err;
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (NDManager manager = NDManager.newBaseManager()) {
            Lora.inject(
                    Trees.mlp(manager), Trees.config("01Linear", "03Linear").setRank(rank).build());
        } finally {
            System.setErr(before);
        }
        return log.toString(StandardCharsets.UTF_8);
    }
}
