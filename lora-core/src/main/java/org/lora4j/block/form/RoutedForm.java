/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.random.TorchNormals;
import org.lora4j.core.variant.LoraVariant;

/**
 * Arrow on a linear layer: each token is changed by the layer's other adapters that it is nearest
 * to. The form's own A and B have the shapes of LoRA's and do nothing, as in PEFT. What is computed
 * of the experts is kept until one of them changes. Thread-safe. Follows peft/tuners/lora/arrow.py,
 * but leaves the experts themselves as they are where general adapters are taken off.
 */
public final class RoutedForm implements LowRankForm {
    private final String path;
    private final LinearForm whole;
    private final LoraVariant.Arrow arrow;
    private final double scaling;
    private final Function<String, @Nullable LoraAdapter> adapters;
    private volatile @Nullable Routes known;

    /** What was computed of the adapters, and in which state of them. */
    private record Routes(
            List<LoraAdapter> of, List<Long> versions, NDList arrays, List<Double> scalings) {}

    private RoutedForm(
            String path,
            LinearForm whole,
            LoraVariant.Arrow arrow,
            double scaling,
            Function<String, @Nullable LoraAdapter> adapters) {
        this.path = path;
        this.whole = whole;
        this.arrow = arrow;
        this.scaling = scaling;
        this.adapters = adapters;
    }

    /**
     * Returns the form of an adapter: this one for Arrow, and else the one that is given.
     *
     * @param path the layer's module path
     * @param form the form without routing
     * @param spec the adapter's numbers
     * @param adapters the layer's adapters by name, null for those that it has not
     */
    public static LowRankForm over(
            String path,
            LowRankForm form,
            AdapterSpec spec,
            Function<String, @Nullable LoraAdapter> adapters) {
        return spec.variant() instanceof LoraVariant.Arrow arrow && form instanceof LinearForm whole
                ? new RoutedForm(path, whole, arrow, spec.scaling(), adapters)
                : form;
    }

    @Override
    public Shape shapeA(int rank) {
        return whole.shapeA(rank);
    }

    @Override
    public Shape shapeB(int rank) {
        return whole.shapeB(rank);
    }

    @Override
    public boolean merges() {
        return false;
    }

    @Override
    public boolean outputsLast() {
        return whole.outputsLast();
    }

    @Override
    public NDArray delta(LoraKernels kernels, LowRankTerm term) {
        throw new UnsupportedOperationException(
                path + ": what Arrow adds depends on the token and is no change of the weight");
    }

    @Override
    public NDArray add(LoraKernels kernels, NDArray y, NDArray x, LowRankTerm term) {
        if (term.a().hasGradient()) {
            throw new UnsupportedOperationException(
                    path
                            + ": Arrow has nothing to train; train its experts "
                            + arrow.experts()
                            + " by themselves");
        }
        Routes routes = routes(kernels, term.a());
        // the experts have scalings of their own
        double weighting = scaling == 0 ? 1 : term.scaling() / scaling;
        double[] scalings = routes.scalings().stream().mapToDouble(s -> s * weighting).toArray();
        return kernels.addRouted(
                y, x, routes.arrays(), scalings, arrow.topK(), arrow.temperature());
    }

    private Routes routes(LoraKernels kernels, NDArray own) {
        List<LoraAdapter> of = new ArrayList<>();
        List<Long> versions = new ArrayList<>();
        arrow.experts().forEach(name -> of.add(require(name)));
        arrow.general().forEach(name -> of.add(require(name)));
        for (LoraAdapter each : of) {
            LowRankTerm term = each.detached(1);
            versions.add(kernels.version(term.a(), term.b()));
        }
        Routes before = known;
        if (before != null && before.of().equals(of) && before.versions().equals(versions)) {
            return before;
        }
        Routes made = make(kernels, of, versions, own);
        // what other threads still read goes with the model
        known = made;
        return made;
    }

    private Routes make(
            LoraKernels kernels, List<LoraAdapter> of, List<Long> versions, NDArray own) {
        int experts = arrow.experts().size();
        NDList[] lists = {new NDList(), new NDList(), new NDList(), new NDList()};
        List<Double> scalings = new ArrayList<>();
        for (int i = 0; i < of.size(); i++) {
            LowRankTerm term = of.get(i).detached(1);
            int place = i < experts ? 0 : 2;
            lists[place].add(term.a());
            lists[place + 1].add(term.b());
            if (i < experts) {
                scalings.add(term.scaling());
            }
        }
        Long seed = arrow.seed();
        int in = Math.toIntExact(whole.in());
        float[] drawn = TorchNormals.of(in, seed == null ? 0 : seed);
        try (NDArray start = DrawnArray.beside(own, new Shape(in), drawn)) {
            NDList arrays =
                    kernels.routes(
                            lists[0],
                            lists[1],
                            lists[2],
                            lists[3],
                            start,
                            LoraVariant.Arrow.ITERATIONS);
            arrays.attach(own.getManager());
            return new Routes(List.copyOf(of), List.copyOf(versions), arrays, scalings);
        }
    }

    private LoraAdapter require(String name) {
        LoraAdapter adapter = adapters.apply(name);
        if (adapter == null) {
            throw new IllegalStateException(
                    ("%s: Arrow chooses among %s%s, and the layer has no adapter \"%s\"; load it"
                                    + " first")
                            .formatted(
                                    path,
                                    arrow.experts(),
                                    arrow.general().isEmpty() ? "" : " less " + arrow.general(),
                                    name));
        }
        LoraAdapter first = adapters.apply(arrow.experts().get(0));
        boolean plain =
                adapter.form() instanceof LinearForm
                        && adapter.magnitude() == null
                        && adapter.origin() == null
                        && !adapter.hasBias()
                        && adapter.spec().variant().merges();
        if (!plain || (first != null && adapter.spec().rank() != first.spec().rank())) {
            throw new IllegalStateException(
                    "%s: Arrow chooses among plain LoRA of one rank; \"%s\" has the rank %d%s"
                            .formatted(
                                    path,
                                    name,
                                    adapter.spec().rank(),
                                    plain ? "" : " and is not plain"));
        }
        return adapter;
    }
}
