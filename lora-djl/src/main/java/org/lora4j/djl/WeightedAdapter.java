/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.BiasHost;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.form.AdapterInit;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.part.PartHost;
import org.lora4j.block.random.CounterRandom;
import org.lora4j.core.Bias;
import org.lora4j.core.Combination;
import org.lora4j.core.ConvForm;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.djl.combine.TaskTensors;
import org.lora4j.torch.Torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one adapter of several. The tensors equal those of add_weighted_adapter of peft 0.21.2
 * (tuners/lora/model.py); unlike there, the result never uses rsLoRA's scaling. Magnitudes of DoRA
 * are left out, as there: where the first part has them, the result's are the lengths of W0.
 */
final class WeightedAdapter {
    private static final Logger logger = LoggerFactory.getLogger(WeightedAdapter.class);

    private final Block root;
    private final Map<String, Double> weights;
    private final Combination combination;
    private final List<AdaptedLayer> layers = new ArrayList<>();
    private final Map<AdapterHost, String> owners = new LinkedHashMap<>();

    private WeightedAdapter(Block root, AdapterSelection parts, Combination combination) {
        this.root = root;
        this.weights = parts.weights();
        // as PEFT: of one adapter every combination is the adapter itself
        this.combination = weights.size() == 1 ? Combination.linear() : combination;
    }

    static Injection add(Block root, String name, AdapterSelection parts, Combination combination) {
        WeightedAdapter adapter = new WeightedAdapter(root, parts, combination);
        adapter.collect();
        LoraConfig config = adapter.config(adapter.rank());
        TargetMatch match = TargetMatcher.of(config).match(Lora.candidates(root));
        UnpublishedAdapter staged =
                InjectionPlan.of(root, config, name, match).stage(AdapterInit.ZEROS);
        try {
            adapter.fill(staged);
            staged.freeze();
        } catch (RuntimeException | Error e) {
            staged.discard();
            throw e;
        }
        return staged.publish();
    }

    /** Collects the layers and copies of the parts, and refuses those that cannot be combined. */
    private void collect() {
        List<AdapterHost> hosts = BlockTree.hosts(root);
        if (weights.isEmpty()) {
            throw new IllegalArgumentException("no adapters to combine; name at least one");
        }
        List<String> shared = new ArrayList<>();
        List<String> odd = new ArrayList<>();
        for (String part : weights.keySet()) {
            if (hosts.stream().noneMatch(host -> host.adapterNames().contains(part))) {
                throw new IllegalArgumentException(
                        "there is no adapter \"" + part + "\" to combine");
            }
        }
        for (AdapterHost host : hosts) {
            for (String part : weights.keySet()) {
                if (isOwn(host, part) && owners.put(host, part) != null) {
                    shared.add(host.path());
                }
                if (host instanceof PartHost && host.adapterNames().contains(part)) {
                    throw new IllegalArgumentException(
                            ("adapter \"%s\" trains more of %s than low-rank pairs, which cannot be"
                                            + " combined with other adapters")
                                    .formatted(part, host.path()));
                }
                if (host instanceof AdaptedLayer layer) {
                    layer.adapter(part)
                            .filter(pair -> !isPlain(pair))
                            .ifPresent(pair -> odd.add(layer.path() + " (" + kind(layer, pair)));
                }
            }
            if (host instanceof AdaptedLayer layer
                    && weights.keySet().stream().anyMatch(p -> layer.adapter(p).isPresent())) {
                layers.add(layer);
            }
        }
        if (!shared.isEmpty()) {
            throw new IllegalArgumentException(
                    ("the adapters %s each have their own copy of %s, and whole modules and"
                                    + " biases cannot be combined; expected at most one adapter"
                                    + " with a copy of each")
                            .formatted(weights.keySet(), shared.stream().distinct().toList()));
        }
        if (hosts.stream().anyMatch(this::hasMagnitudes)) {
            logger.warn(
                    "the adapters {} are combined without their magnitudes (DoRA), as in PEFT; the"
                            + " new adapter's begin as the lengths of the base's weights if the"
                            + " first of these has any",
                    weights.keySet());
        }
        if (!odd.isEmpty()) {
            throw new IllegalArgumentException(
                    "the product of these layers' adapters is no plain B·A, so they cannot be"
                            + " combined: "
                            + odd);
        }
    }

    private boolean hasMagnitudes(AdapterHost host) {
        return host instanceof AdaptedLayer layer
                && weights.keySet().stream()
                        .flatMap(part -> layer.adapter(part).stream())
                        .anyMatch(pair -> pair.magnitude() != null);
    }

    /** Whether an adapter trains something of a host as a whole. */
    private static boolean isOwn(AdapterHost host, String part) {
        return host instanceof SavedModule
                ? host.adapterNames().contains(part)
                : host instanceof BiasHost biased && !biased.biases(part).isEmpty();
    }

    private static String kind(AdaptedLayer layer, LoraAdapter pair) {
        return layer.kind()
                + (pair.spec().variant().title().isEmpty()
                        ? ""
                        : ", " + pair.spec().variant().title())
                + (pair.origin() == null ? ")" : ", " + pair.spec().init() + ")");
    }

    private static boolean isPlain(LoraAdapter pair) {
        Shape a = pair.a().getArray().getShape();
        Shape b = pair.b().getArray().getShape();
        int rank = pair.spec().rank();
        return pair.spec().variant() == LoraVariant.plain()
                && pair.origin() == null
                && !pair.spec().ofParameter()
                && !pair.hasBias()
                && a.get(0) == rank
                && b.get(1) == rank
                && b.size() == b.get(0) * rank; // of a convolution, [out, r, 1, 1]
    }

    private int rank() {
        Map<String, Integer> largest = new LinkedHashMap<>();
        for (AdaptedLayer layer : layers) {
            for (String part : weights.keySet()) {
                layer.adapter(part)
                        .ifPresent(pair -> largest.merge(part, pair.spec().rank(), Math::max));
            }
        }
        if (combination instanceof Combination.Cat) {
            return largest.values().stream().mapToInt(Integer::intValue).sum();
        }
        int most = largest.values().stream().mapToInt(Integer::intValue).max().orElse(1);
        if (combination instanceof Combination.Svd svd) {
            return svd.rank() == 0 ? most : svd.rank();
        }
        if (combination instanceof Combination.Pruned pruned && pruned.decomposed()) {
            return pruned.rank() == 0 ? most : pruned.rank();
        }
        for (AdaptedLayer layer : layers) {
            List<Integer> ranks = new ArrayList<>();
            pairs(layer).keySet().forEach(pair -> ranks.add(pair.spec().rank()));
            if (ranks.stream().distinct().count() > 1) {
                throw new IllegalArgumentException(
                        ("%s: a combination of A and B apart expects adapters of one rank,"
                                        + " found ranks %s; use Combination.cat(), which is exact,"
                                        + " svd() or ofUpdates()")
                                .formatted(layer.path(), ranks));
            }
        }
        return most;
    }

    /** The parts on a layer, with wᵢ. */
    private Map<LoraAdapter, Double> pairs(AdaptedLayer layer) {
        Map<LoraAdapter, Double> pairs = new LinkedHashMap<>();
        weights.forEach(
                (part, weight) -> layer.adapter(part).ifPresent(pair -> pairs.put(pair, weight)));
        return pairs;
    }

    private LoraConfig config(int rank) {
        List<String> saved = new ArrayList<>();
        Bias bias = Bias.NONE;
        for (Map.Entry<AdapterHost, String> owner : owners.entrySet()) {
            if (owner.getKey() instanceof SavedModule module) {
                saved.add(module.path());
            } else if (owner.getKey() instanceof AdaptedLayer layer
                    && layer.adapter(owner.getValue()).isPresent()) {
                bias = bias == Bias.ALL ? bias : Bias.LORA_ONLY;
            } else {
                bias = Bias.ALL;
            }
        }
        AdapterSpec first = first();
        var config =
                LoraConfig.builder()
                        .setRank(rank)
                        .setAlpha(rank)
                        .optBias(bias)
                        .optModulesToSave(saved);
        if (first != null) {
            config.optDropout(first.dropout())
                    .optDora(first.dora())
                    .optInit(first.init())
                    .optDeltaDtype(first.deltaDtype())
                    .optSeed(first.seed());
        }
        if (layers.stream().anyMatch(this::changesConvolution)) {
            config.optConvForm(ConvForm.WEIGHT);
        }
        return withTargets(config);
    }

    /** The numbers of the first part that has pairs, whose configuration the result has. */
    private @Nullable AdapterSpec first() {
        for (String part : weights.keySet()) {
            for (AdaptedLayer layer : layers) {
                LoraAdapter pair = layer.adapter(part).orElse(null);
                if (pair != null) {
                    return pair.spec();
                }
            }
        }
        return null;
    }

    /** Returns whether a part changes the weight of a convolution in groups. */
    private boolean changesConvolution(AdaptedLayer layer) {
        return pairs(layer).keySet().stream().anyMatch(pair -> pair.form() instanceof WeightForm);
    }

    /** Selects exactly the layers. */
    private LoraConfig withTargets(LoraConfigBuilder config) {
        List<String> paths = layers.stream().map(AdaptedLayer::path).toList();
        return TargetMatcher.exactly(config.build(), paths, Lora.candidates(root));
    }

    private void fill(UnpublishedAdapter staged) {
        String name = staged.key();
        for (AdaptedLayer layer : staged.layers()) {
            LoraAdapter target = layer.adapter(name).orElseThrow();
            try (NDManager scope = target.a().getArray().getManager().newSubManager()) {
                int rank = target.spec().rank();
                NDList pair =
                        combination instanceof Combination.Pruned pruned
                                ? pruned(scope, pruned, layer, rank)
                                : combined(scope, pairs(layer), rank);
                copy(target.a().getArray(), pair.get(0));
                copy(target.b().getArray(), pair.get(1));
            }
        }
        for (Map.Entry<AdapterHost, String> owner : owners.entrySet()) {
            Map<String, Parameter> from = whole(owner.getKey(), owner.getValue());
            Map<String, Parameter> to = whole(owner.getKey(), name);
            var values = from.values().iterator();
            to.values().forEach(p -> Torch.copyInto(p.getArray(), values.next().getArray()));
        }
    }

    /** Copies a matrix into an array that may have the dimensions of a kernel. */
    private static void copy(NDArray into, NDArray matrix) {
        Torch.copyInto(into, matrix.reshape(into.getShape()));
    }

    private static Map<String, Parameter> whole(AdapterHost host, String adapter) {
        return host instanceof BiasHost biased ? biased.biases(adapter) : host.tensors(adapter);
    }

    /** A and B of the sum as matrices [rank, ..] and [.., rank]. */
    private NDList combined(NDManager scope, Map<LoraAdapter, Double> pairs, int rank) {
        NDList as = new NDList();
        NDList bs = new NDList();
        for (Map.Entry<LoraAdapter, Double> entry : pairs.entrySet()) {
            LoraAdapter pair = entry.getKey();
            int r = pair.spec().rank();
            double scale = entry.getValue() * pair.spec().scaling();
            boolean apart = combination instanceof Combination.Linear;
            double root = Math.sqrt(Math.abs(scale));
            as.add(matrix(scope, pair.a(), r, -1).mul(apart ? Math.signum(scale) * root : scale));
            bs.add(matrix(scope, pair.b(), -1, r).mul(apart ? root : 1.0));
        }
        NDArray a;
        NDArray b;
        if (combination instanceof Combination.Linear) {
            a = sum(as);
            b = sum(bs);
        } else {
            a = joined(as, 0);
            b = joined(bs, 1);
            if (combination instanceof Combination.Svd) {
                return decomposed(scope, b.matMul(a), rank);
            }
        }
        return padded(scope, a, b, rank);
    }

    private static NDList padded(NDManager scope, NDArray a, NDArray b, int rank) {
        return new NDList(padded(scope, a, 0, rank), padded(scope, b, 1, rank));
    }

    /** A and B of the best approximation of an update. */
    private static NDList decomposed(NDManager scope, NDArray update, int rank) {
        NDList factors = Torch.svd(update);
        factors.attach(scope);
        long most = Math.min(rank, factors.get(1).getShape().get(0));
        NDArray b = factors.get(0).get(":, :" + most);
        return padded(scope, factors.get(1).get(":" + most), b, rank);
    }

    /** As {@link #combined}, of elements that are left. */
    private NDList pruned(NDManager scope, Combination.Pruned how, AdaptedLayer layer, int rank) {
        List<float[]> as = new ArrayList<>();
        List<float[]> bs = new ArrayList<>();
        List<float[]> updates = new ArrayList<>();
        Map<LoraAdapter, Double> pairs = pairs(layer);
        double[] left = new double[pairs.size()];
        double[] right = new double[pairs.size()];
        double[] whole = new double[pairs.size()];
        Shape shapeA = new Shape();
        Shape shapeB = new Shape();
        int i = 0;
        for (Map.Entry<LoraAdapter, Double> entry : pairs.entrySet()) {
            LoraAdapter pair = entry.getKey();
            NDArray a = matrix(scope, pair.a(), pair.spec().rank(), -1);
            NDArray b = matrix(scope, pair.b(), -1, pair.spec().rank());
            shapeA = a.getShape();
            shapeB = b.getShape();
            double scale = entry.getValue() * pair.spec().scaling();
            right[i] = Math.sqrt(Math.abs(scale));
            left[i] = Math.signum(scale) * right[i];
            whole[i++] = entry.getValue();
            if (how.decomposed()) {
                updates.add(b.matMul(a).mul(pair.spec().scaling()).toFloatArray());
            } else {
                as.add(a.toFloatArray());
                bs.add(b.toFloatArray());
            }
        }
        if (how.decomposed()) {
            float[] update = TaskTensors.merged(how, updates, whole, keys(how, layer, "delta"));
            Shape shape = new Shape(shapeB.get(0), shapeA.get(1));
            return decomposed(scope, scope.create(update, shape), rank);
        }
        NDArray a = scope.create(TaskTensors.merged(how, as, left, keys(how, layer, "A")), shapeA);
        NDArray b = scope.create(TaskTensors.merged(how, bs, right, keys(how, layer, "B")), shapeB);
        return padded(scope, a, b, rank);
    }

    /** What each part's draw on a layer depends on. */
    private long[] keys(Combination.Pruned how, AdaptedLayer layer, String tensor) {
        long own = CounterRandom.derive(CounterRandom.derive(how.seed(), layer.path()), tensor);
        return pairs(layer).keySet().stream()
                .mapToLong(pair -> CounterRandom.derive(own, pair.name()))
                .toArray();
    }

    /** The numbers without gradients, as a matrix of the scope's. */
    private static NDArray matrix(NDManager scope, Parameter parameter, long rows, long columns) {
        NDArray plain = parameter.getArray().stopGradient();
        plain.attach(scope);
        NDArray matrix = plain.reshape(rows, columns);
        matrix.attach(scope);
        return matrix;
    }

    private static NDArray sum(NDList arrays) {
        NDArray sum = arrays.get(0);
        for (NDArray array : arrays.subList(1, arrays.size())) {
            sum = sum.add(array);
        }
        return sum;
    }

    private static NDArray joined(NDList arrays, int axis) {
        return arrays.size() == 1 ? arrays.get(0) : NDArrays.concat(arrays, axis);
    }

    private static NDArray padded(NDManager scope, NDArray array, int axis, int rank) {
        Shape shape = array.getShape();
        long lacking = rank - shape.get(axis);
        if (lacking == 0) {
            return array;
        }
        Shape zeros =
                axis == 0 ? new Shape(lacking, shape.get(1)) : new Shape(shape.get(0), lacking);
        return NDArrays.concat(new NDList(array, scope.zeros(zeros, array.getDataType())), axis);
    }
}
