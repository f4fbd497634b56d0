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
    /** The adapter adds s·B·A·x for each token: LoRA itself, or DoRA. */
    LoraVariant PLAIN = new Plain();

    /**
     * Returns how messages and tables name it; an empty text for LoRA itself.
     *
     * @return such as "aLoRA"
     */
    String title();

    /** Returns whether weights can hold what the adapter does, so that it can be merged. */
    default boolean merges() {
        return true;
    }

    /** LoRA itself. */
    record Plain() implements LoraVariant {
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
     * prompt has the invocation, and the base's where it has not. What trains whole, and biases, act
     * on all tokens. Such an adapter cannot be merged.
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
}
