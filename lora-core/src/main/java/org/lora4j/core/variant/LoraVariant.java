/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core.variant;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

    /**
     * BD-LoRA: A or B of a layer is block-diagonal, of equal blocks, so that several devices can
     * compute a part each. For linear layers [out, in] whose sides and rank the blocks divide;
     * PEFT's use_bdlora. It can be merged.
     *
     * @param ofA parts of the paths of modules whose A is block-diagonal
     * @param ofB parts of the paths of modules whose B is
     * @param blocks how many blocks, at least 1
     * @param strict whether a module that none of both selects is an error; else it has plain LoRA
     */
    record BlockDiagonal(List<String> ofA, List<String> ofB, int blocks, boolean strict)
            implements LoraVariant {
        /** Which matrix of a module is block-diagonal. */
        public enum Side {
            A,
            B,
            NEITHER
        }

        /**
         * Copies the lists and checks the values.
         *
         * @throws IllegalArgumentException if there is no block, or a text is in both lists
         */
        public BlockDiagonal {
            ofA = List.copyOf(ofA);
            ofB = List.copyOf(ofB);
            if (blocks < 1) {
                throw new IllegalArgumentException(
                        "block-diagonal LoRA: expected at least one block, found " + blocks);
            }
            if (ofA.stream().anyMatch(ofB::contains)) {
                throw new IllegalArgumentException(
                        ("block-diagonal LoRA: expected A or B of a module, found both in %s and"
                                        + " %s")
                                .formatted(ofA, ofB));
            }
        }

        /**
         * Returns which matrix of a module is block-diagonal.
         *
         * @param path the module's path
         * @throws IllegalArgumentException if both are, or neither is and that is an error
         */
        public Side side(String path) {
            boolean a = ofA.stream().anyMatch(path::contains);
            boolean b = ofB.stream().anyMatch(path::contains);
            if ((a && b) || (strict && !a && !b)) {
                throw new IllegalArgumentException(
                        ("%s is to have a block-diagonal %s, by %s for A and %s for B; expected A"
                             + " or B. Name it in one of the lists, or leave it out of the targets")
                                .formatted(
                                        path,
                                        a ? "A and B" : "A or B, and is in neither list",
                                        ofA,
                                        ofB));
            }
            return a ? Side.A : b ? Side.B : Side.NEITHER;
        }

        @Override
        public String title() {
            return "BD-LoRA";
        }
    }

    /**
     * VeLoRA (Miles et al. 2024, arXiv:2405.17991): LoRA whose gradient of A is that of inputs
     * which were compressed. Of each token the input is cut into groups; of each group its
     * component along one direction v, of length 1, is kept: x' = c·(x·v)·v. ∂A is then ∂(A·x)ᵀ·x'.
     * Outputs and all other gradients are LoRA's. For whole linear layers; PEFT's velora_config.
     *
     * @param groups how many groups, at least 1
     * @param scale c, above 0
     * @param direction what v is
     */
    record Velora(int groups, double scale, Direction direction) implements LoraVariant {
        /** What the direction is. */
        public enum Direction {
            /** The mean group of the inputs of each pass. */
            BATCH_AVERAGE,
            /** The mean group of the first pass after the adapter was made or loaded. */
            BATCH_AVERAGE_ONCE,
            /** A random one. */
            RANDOM
        }

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if there is no group, or the scale is not above 0
         */
        public Velora {
            if (groups < 1 || !(scale > 0 && scale <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException(
                        "VeLoRA: expected at least one group and a scale above 0, found %d and %s"
                                .formatted(groups, scale));
            }
        }

        @Override
        public String title() {
            return "VeLoRA";
        }
    }

    /**
     * MonteCLoRA: LoRA whose A is disturbed in PEFT's trainings by a sampler. What it computes
     * outside of trainings is LoRA's. Here A and B train as LoRA's, and the sampler's numbers stay
     * as they are; PEFT's monteclora_config. For whole linear layers.
     *
     * @param samples how many samples PEFT draws, at least 1
     * @param entropy whether PEFT adds a term of entropy to the loss
     * @param dirichletPrior above 0
     * @param sampleScaler what samples are multiplied by
     * @param klLossWeight the weight of the divergence in the loss
     * @param bufferSize how many samples PEFT draws at a time, at least 1
     */
    record Monteclora(
            int samples,
            boolean entropy,
            double dirichletPrior,
            double sampleScaler,
            double klLossWeight,
            int bufferSize)
            implements LoraVariant {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if PEFT would not accept them
         */
        public Monteclora {
            if (samples < 1 || bufferSize < 1 || !(dirichletPrior > 0)) {
                throw new IllegalArgumentException(
                        ("MonteCLoRA: expected at least one sample, a buffer of at least one, and a"
                                        + " prior above 0; found %d, %d and %s")
                                .formatted(samples, bufferSize, dirichletPrior));
            }
        }

        @Override
        public String title() {
            return "MonteCLoRA";
        }
    }

    /**
     * Arrow (Ostapenko et al. 2024, arXiv:2405.11157): for each token, the adapter's layer chooses
     * among other adapters, the experts, and adds Σ cₑ·sₑ·Bₑ·Aₑ·x; its own A and B do nothing. Each
     * expert has a direction pₑ, the first right singular vector of Bₑ·Aₑ by {@link #ITERATIONS}
     * steps of a power iteration; the k largest |x·pₑ|, divided by the temperature, give the
     * coefficients cₑ by a softmax, and the other experts have none. The means of A and of B of
     * general adapters are taken off those of the experts first (general knowledge subtraction).
     * For whole linear layers that all of them adapt, with one rank; PEFT's arrow_config. It is not
     * trained, and cannot be merged.
     *
     * @param experts the names of the experts, at least one
     * @param general the names of general adapters; none for no subtraction
     * @param topK k, at least 1 and at most as many as experts
     * @param temperature above 0
     * @param seed of the vector that the iteration begins with, drawn as torch draws it; null for
     *     0, where PEFT draws another each time
     */
    record Arrow(
            List<String> experts,
            List<String> general,
            int topK,
            double temperature,
            @Nullable Long seed)
            implements LoraVariant {
        /** The steps of the power iteration: PEFT's. */
        public static final int ITERATIONS = 15;

        /**
         * Copies the names and checks the values.
         *
         * @throws IllegalArgumentException if there is no expert, one is named twice, or a number
         *     is out of range
         */
        public Arrow {
            experts = List.copyOf(experts);
            general = List.copyOf(general);
            if (experts.isEmpty() || Set.copyOf(experts).size() != experts.size()) {
                throw new IllegalArgumentException(
                        "Arrow: expected names of experts, each once; found " + experts);
            }
            if (topK < 1 || topK > experts.size()) {
                throw new IllegalArgumentException(
                        "Arrow: top_k must be at least 1 and at most %d, the number of experts; found %d"
                                .formatted(experts.size(), topK));
            }
            if (!(temperature > 0 && temperature <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException(
                        "Arrow: the temperature must be above 0, found " + temperature);
            }
        }

        @Override
        public String title() {
            return "Arrow";
        }

        @Override
        public boolean merges() {
            return false;
        }
    }
}
