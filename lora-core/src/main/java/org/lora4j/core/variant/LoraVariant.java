/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core.variant;

import java.util.List;

/**
 * What an adapter does otherwise than LoRA, beside DoRA. An adapter is of one variant, as in PEFT.
 * Immutable.
 */
public sealed interface LoraVariant {
    /** Returns the variant that adds s·B·A·x for each token: LoRA itself, or DoRA. */
    static LoraVariant plain() {
        return Plain.INSTANCE;
    }

    /**
     * Returns how messages and tables name it; an empty text for LoRA itself.
     *
     * @return such as "aLoRA"
     */
    String title();

    /** Returns the tokens from which on the adapter acts; none where it acts on all. */
    default List<Integer> invocation() {
        return List.of();
    }

    /** Returns whether weights can hold what the adapter does, so that it can be merged. */
    default boolean merges() {
        return true;
    }

    /** LoRA itself. */
    final class Plain implements LoraVariant {
        private static final Plain INSTANCE = new Plain();

        private Plain() {}

        @Override
        public String title() {
            return "";
        }
    }

    /**
     * Activated LoRA, aLoRA (Greenewald et al. 2025, arXiv:2504.12397): the adapter acts on the
     * tokens of a text from its invocation on, which is the last occurrence of a sequence of
     * tokens, and the base alone on those before. For linear layers of language models; PEFT's
     * alora_invocation_tokens.
     *
     * <p>In generation it is the prompt that decides: what follows it is the adapter's where the
     * prompt has the invocation, and the base's where it has not. What trains whole, and biases,
     * act on all tokens. Such an adapter cannot be merged.
     *
     * @param invocation the token ids, at least one
     */
    record Activated(List<Integer> invocation) implements LoraVariant {
        /**
         * Copies and checks the ids.
         *
         * @throws IllegalArgumentException if there is none, or one is negative
         */
        public Activated {
            invocation = List.copyOf(invocation);
            if (invocation.isEmpty() || invocation.stream().anyMatch(id -> id < 0)) {
                throw new IllegalArgumentException(
                        "invocation tokens: expected one id at least, and none below 0; found "
                                + invocation);
            }
        }

        @Override
        public String title() {
            return "aLoRA";
        }

        @Override
        public boolean merges() {
            return false;
        }
    }

    /**
     * KaSA (Wang et al. 2024, arXiv:2412.06071): the layer runs on W0 - Wₙ, where Wₙ is what the r
     * smallest singular values of W0 make, and the adapter adds s·B·diag(d)·A, with d of length r
     * trained beside A and B. For linear layers [out, in], and r below both sides; PEFT's
     * kasa_config.
     *
     * <p>A training adds β·Σ d² + γ·(‖BᵀB - I‖ + ‖A·Aᵀ - I‖) of each layer to its loss, as with
     * PEFT's _get_kasa_loss.
     *
     * @param beta β, finite and not negative
     * @param gamma γ, finite and not negative
     */
    record Kasa(double beta, double gamma) implements LoraVariant {
        /** PEFT's β. */
        public static final double DEFAULT_BETA = 1e-4;

        /** PEFT's γ. */
        public static final double DEFAULT_GAMMA = 1e-3;

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if one is negative or not finite
         */
        public Kasa {
            if (!(beta >= 0 && gamma >= 0 && Double.isFinite(beta + gamma))) {
                throw new IllegalArgumentException(
                        "KaSA: beta and gamma must be finite and not negative, found %s and %s"
                                .formatted(beta, gamma));
            }
        }

        /** With PEFT's numbers. */
        public Kasa() {
            this(DEFAULT_BETA, DEFAULT_GAMMA);
        }

        @Override
        public String title() {
            return "KaSA";
        }
    }
}
