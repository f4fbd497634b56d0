/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

/**
 * What a new adapter begins with. It changes nothing at first: A or B is zero, or what A and B
 * begin with is taken off W0. (For embeddings A is zero in each case, and B is normal but with
 * {@link #MICA}, as in loralib and PEFT.)
 */
public enum Init {
    /** A ~ N(0, 1/r²), standard deviation 1/r: PEFT's "gaussian", and the default. */
    GAUSSIAN,
    /** A ~ U(-1/√in, 1/√in): loralib's and PEFT's default, kaiming_uniform with a = √5. */
    KAIMING_UNIFORM,
    /**
     * PiSSA (Meng et al. 2024, arXiv:2404.02948): s·B·A begins as the part of W0 that its r largest
     * singular values make, A = √(S/s)·Vᵀ and B = U·√(S/s); the layer runs on W0 - s·B0·A0, where
     * A0 and B0 are what A and B were at first. For linear layers; PEFT's "pissa" and
     * "pissa_niter_N".
     */
    PISSA,
    /**
     * OLoRA (Büyükakyüz 2024, arXiv:2406.01775): B begins as r columns of Q and A as r rows of R of
     * W0 = Q·R, and the layer runs on W0 - s·B0·A0. For linear layers; PEFT's "olora".
     */
    OLORA,
    /**
     * A = (X·Q₁)ᵀ/10 and B = Yᵀ·Q₂/10, where X and Y are normal and Q₁ and Q₂ are the odd and the
     * even rows of a random orthogonal matrix, so that B·A is zero though neither is. For linear
     * layers and an even rank; PEFT's "orthogonal".
     */
    ORTHOGONAL,
    /**
     * MiCA (arXiv:2604.01694): B begins as the left singular vectors of the r smallest singular
     * values of W0 and stays as it is, in further training too; A begins as zero and trains. For
     * linear layers and embeddings, whose W0 is read transposed; PEFT's "mica".
     */
    MICA;

    /** Returns whether B stays as it begins while A trains. */
    public boolean keepsB() {
        return this == MICA;
    }

    /** Returns whether A and B begin as a part of W0, from which it is taken. */
    public boolean isPartOfWeight() {
        return this == PISSA || this == OLORA;
    }
}
