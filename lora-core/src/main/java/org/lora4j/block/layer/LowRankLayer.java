/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterCoverage;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LayerPass;
import org.lora4j.block.LoraContext;
import org.lora4j.block.StepContext;
import org.lora4j.block.copy.AdapterStream;
import org.lora4j.block.copy.LayerBias;
import org.lora4j.block.form.AdapterInit;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.form.Magnitude;
import org.lora4j.block.form.Origin;
import org.lora4j.block.form.RoutedForm;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.pass.AdapterNames;
import org.lora4j.block.pass.AdapterSlots;
import org.lora4j.block.pass.AdapterVersion;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.FrozenBase;
import org.lora4j.block.weight.ListedParameters;

/**
 * A layer whose adapters are pairs A, B: the closed family of this package. Each class of it
 * extends the DJL class whose place it takes; what they have in common is here and in {@link
 * Adapters}.
 */
public sealed interface LowRankLayer extends AdaptedLayer
        permits AdaptedLinear,
                LoraConv1d,
                LoraConv2d,
                LoraEmbedding,
                LoraWordEmbedding,
                SubstitutedWeight {
    /** Returns the layer's adapters beside its frozen base. */
    Adapters adapters();

    @Override
    default String path() {
        return adapters().base.path();
    }

    @Override
    default String kind() {
        return adapters().base.kind();
    }

    @Override
    default Block base() {
        return adapters().base.block();
    }

    /** {@inheritDoc} A convolution and DJL's own tables are kept, on the merged array. */
    @Override
    default Block merged() {
        return adapters().base.merged(adapters());
    }

    @Override
    default NDArray weight() {
        return adapters().frozen.weight();
    }

    @Override
    default LoraContext context() {
        return adapters().context;
    }

    @Override
    default Set<String> adapterNames() {
        return adapters().bias.namesWith(adapters().slots.names());
    }

    @Override
    default boolean isBare() {
        return adapters().slots.isEmpty() && adapters().bias.isEmpty();
    }

    @Override
    default Optional<LoraAdapter> adapter(String name) {
        return Optional.ofNullable(adapters().slots.get(name));
    }

    @Override
    default LoraAdapter addAdapter(String name, AdapterSpec spec, AdapterInit init) {
        Adapters own = adapters();
        own.slots.checkFree(name);
        LowRankForm form = RoutedForm.over(path(), own.base.formFor(spec), spec, own.slots::get);
        LoraAdapter.Pair origin = Origin.of(context().kernels(), path(), spec, form, weight());
        LoraAdapter.Pair matrices =
                init == AdapterInit.DRAWN
                        ? Origin.first(context().kernels(), path(), spec, form, weight(), origin)
                        : init.matrices(path(), spec, form, weight());
        LoraAdapter adapter =
                new LoraAdapter(
                        AdapterNames.nameOf(name),
                        spec,
                        form,
                        new LoraAdapter.Values(
                                matrices,
                                origin,
                                spec.dora() ? own.lengths(spec, form, matrices, origin) : null,
                                spec.loraBias() ? own.zeros(form.biases(spec.rank())) : null,
                                AdapterInit.diagonal(path(), spec, weight(), init)));
        adapter.parameters().forEach(own.listed::add);
        own.merge.dropIfUses(name);
        own.slots.put(name, adapter);
        own.slots.version(name).setInvocation(spec.variant().invocation());
        return adapter;
    }

    @Override
    default void removeAdapter(String name) {
        Adapters own = adapters();
        LoraAdapter adapter = own.slots.remove(name);
        if (adapter != null) {
            own.merge.dropIfUses(name);
            adapter.parameters().forEach(own.listed::remove);
            adapter.close();
        }
        own.bias.remove(name);
    }

    @Override
    default void setTrainable(String adapter, boolean trainable) {
        AdaptedLayer.super.setTrainable(adapter, trainable);
        adapter(adapter).ifPresent(LoraAdapter::freezeKept);
    }

    @Override
    default void addBiases(String adapter) {
        adapters().bias.add(adapter);
    }

    @Override
    default Map<String, Parameter> biases(String adapter) {
        return adapters().bias.tensors(adapter, adapters().slots.get(adapter) != null);
    }

    @Override
    default boolean replaces(Parameter original) {
        return adapters().bias.replaces(original);
    }

    @Override
    default Map<String, Parameter> tensors(String adapter) {
        Map<String, Parameter> tensors = new LinkedHashMap<>();
        adapter(adapter).ifPresent(own -> tensors.putAll(own.tensors()));
        tensors.putAll(biases(adapter));
        return tensors;
    }

    @Override
    default Map<String, NDArray> exported(NDManager manager, String adapter) {
        Map<String, NDArray> arrays = AdaptedLayer.super.exported(manager, adapter);
        adapter(adapter)
                .map(LoraAdapter::form)
                .ifPresent(
                        form ->
                                arrays.computeIfPresent(
                                        form.suffixB(), (suffix, b) -> form.plainB(manager, b)));
        return arrays;
    }

    @Override
    default NDArray delta(NDManager manager, String adapter) {
        return adapters().merge.delta(manager, adapter);
    }

    @Override
    default boolean isCalled() {
        return adapters().mark.isCalled();
    }

    @Override
    default void merge(AdapterSelection selection) {
        adapters()
                .merge
                .merge(
                        SelectedAdapters.of(
                                selection.weights(),
                                context().active().names().published().versions(),
                                null));
    }

    @Override
    default void unmerge() {
        adapters().merge.drop();
    }

    @Override
    default boolean isMerged() {
        return adapters().merge.isMerged();
    }

    /**
     * The adapters of one layer beside its frozen base.
     *
     * <p>Y = base(X; W0) + Σ wᵢ · correctionᵢ(drop(X)) over the active adapters, or base(X; W)
     * where W = W0 + Σ wᵢ ΔWᵢ was merged for the same selection. An adapter with DoRA, in the order
     * of the selection, rescales what is there before it: see {@link #rescaled}.
     */
    final class Adapters {
        final LayerMerge merge;
        final long pathKey;
        final LayerBase base;
        final FrozenBase frozen;
        final LoraContext context;
        private final ListedParameters listed;
        final AdapterSlots<LoraAdapter> slots;
        final LayerBias bias;
        private final AdapterCoverage.Mark mark;

        /**
         * Begins with no adapter.
         *
         * @param parameters the layer's own parameters, which become those of the adapters
         * @param children the layer's children, of which the base becomes the only one
         */
        Adapters(
                LayerBase base,
                LoraContext context,
                Map<String, Parameter> parameters,
                BlockList children) {
            parameters.clear();
            children.add("base", base.block());
            String path = base.path();
            this.pathKey = StepContext.pathKey(path);
            this.base = base;
            this.frozen = new FrozenBase(path, base.block(), base.weight());
            this.context = context;
            this.listed = new ListedParameters(parameters);
            this.slots = new AdapterSlots<>(path, context.active().names());
            this.merge = new LayerMerge(path, frozen, context, slots);
            this.bias = new LayerBias(path, base.block(), context.active().names(), parameters);
            this.mark = context.coverage().mark(path, parameters.values());
        }

        LayerBase layerBase() {
            return base;
        }

        /** Returns the weight of a plain layer, or null where the base itself is what is left. */
        @Nullable NDArray plainWeight() {
            NDArray array = merge.weight();
            return array == null && bias.isReplaced(context.active().defaults())
                    ? frozen.weight()
                    : array;
        }

        /** Returns the bias of a plain layer, if it has one. */
        @Nullable NDArray plainBias() {
            SelectedAdapters selected = context.active().defaults();
            NDArray own = bias.merged(context.kernels(), selected);
            NDArray sum = own;
            for (int i = 0; own != null && i < selected.size(); i++) {
                LoraAdapter adapter = slots.get(selected.version(i));
                NDArray b = adapter == null ? null : adapter.detachedBias();
                if (adapter != null && b != null) {
                    double s = adapter.spec().scaling() * selected.weight(i);
                    sum = context.kernels().addBias(Objects.requireNonNull(sum), b, s, false);
                }
            }
            if (sum != null && sum != own) {
                sum.attach(frozen.weight().getManager());
            }
            return sum;
        }

        /**
         * Makes the base the plain layer, on the merged weight and with the active adapter's bias:
         * for the end of this layer's life, where DJL offers no way to make the base anew.
         */
        void intoBase() {
            NDArray array = merge.weight();
            if (array != null) {
                frozen.become(array);
            }
            NDArray sum = plainBias();
            bias.write(context.kernels(), context.active().defaults());
            bias.overwrite(context.kernels(), sum);
        }

        NDList forward(
                ParameterStore store,
                NDArray x,
                boolean training,
                @Nullable PairList<String, Object> params) {
            mark.call(training);
            try (LayerPass pass = context.active().layer()) {
                RowLayout rows = pass.acting();
                return new NDList(
                        rows == null
                                ? forward(pass.adapters(), store, x, training, params)
                                : LayerRows.forward(this, rows, store, x, training, params));
            }
        }

        NDArray forward(
                SelectedAdapters selected,
                ParameterStore store,
                NDArray x,
                boolean training,
                @Nullable PairList<String, Object> params) {
            ParameterStore own = bias.over(store, selected);
            if (training) {
                dropMerged(selected);
            } else {
                MergedWeight held = merge.heldFor(selected, x.getDevice());
                if (held != null) {
                    try {
                        NDArray y = frozen.run(own, x, false, held.array(), params);
                        return withBiases(selected, y, own, false);
                    } finally {
                        held.release();
                    }
                }
            }
            NDArray changed =
                    changedWeight(selected, store, x.getDevice(), training, x.getManager());
            NDArray y = frozen.run(own, x, training, changed, params);
            if (changed != null) {
                // autograd keeps what the backward pass needs
                changed.close();
            }
            LoraKernels kernels =
                    frozen.resultIsFree() ? context.kernels().overwriting() : context.kernels();
            for (int i = 0; i < selected.size(); i++) {
                LoraAdapter adapter = slots.get(selected.version(i));
                if (adapter != null && !changesWeight(adapter, training)) {
                    Pass pass = new Pass(own, training, params);
                    double weighting = selected.weight(i);
                    y =
                            selected.isDormant(i)
                                    ? withoutOrigin(kernels, y, x, adapter, weighting)
                                    : correct(pass, kernels, y, x, adapter, weighting);
                }
            }
            return withBiases(selected, y, own, training);
        }

        /** y + Σ wᵢ sᵢ bᵢ of the adapters whose B has a bias, which no weight holds. */
        private NDArray withBiases(
                SelectedAdapters selected, NDArray y, ParameterStore store, boolean training) {
            NDArray sum = y;
            for (int i = 0; i < selected.size(); i++) {
                LoraAdapter adapter = slots.get(selected.version(i));
                if (adapter != null && adapter.hasBias() && !selected.isDormant(i)) {
                    NDArray b = adapter.bias(store, y.getDevice(), training);
                    NDArray before = sum;
                    sum =
                            context.kernels()
                                    .addBias(
                                            before,
                                            Objects.requireNonNull(b),
                                            adapter.spec().scaling() * selected.weight(i),
                                            base instanceof ConvolutionBase);
                    before.close();
                }
            }
            return sum;
        }

        /** What a forward pass was given. */
        private record Pass(
                ParameterStore store,
                boolean training,
                @Nullable PairList<String, Object> params) {}

        private NDArray correct(
                Pass pass,
                LoraKernels kernels,
                NDArray y,
                NDArray x,
                LoraAdapter adapter,
                double weighting) {
            AdapterSpec spec = adapter.spec();
            NDArray input = x;
            if (pass.training() && spec.dropout() > 0 && adapter.form().dropsInput()) {
                try (NDArray kept = context.steps().mask(x, spec.dropout(), pathKey)) {
                    input = kernels.dropout(x, kept, spec.dropout());
                }
            }
            y = withoutOrigin(kernels, y, x, adapter, weighting);
            LowRankTerm term =
                    adapter.term(weighting, pass.store(), x.getDevice(), pass.training());
            Magnitude magnitude = adapter.magnitude();
            NDArray sum;
            if (magnitude == null) {
                sum = adapter.form().add(kernels, y, input, term);
            } else if (input == x) {
                try (NDArray v = adapter.form().add(kernels, y, x, term)) {
                    sum = rescaled(pass, v, adapter, magnitude, weighting);
                }
            } else {
                // PEFT's two formulas: dropout acts on W0's input too
                NDArray ofDropped = frozen.run(pass.store(), input, true, null, pass.params());
                try (NDArray z = withoutOrigin(kernels, ofDropped, input, adapter, weighting);
                        NDArray v = adapter.form().add(context.kernels(), z, input, term);
                        NDArray w = rescaled(pass, v, adapter, magnitude, weighting)) {
                    sum = context.kernels().addDifference(y, w, z);
                }
            }
            // autograd keeps what the backward pass needs; our handles are no longer wanted
            y.close();
            if (input != x) {
                input.close();
            }
            return sum;
        }

        /** y - s B0 A0 x, which closes y; y itself where nothing is taken off W0. */
        private static NDArray withoutOrigin(
                LoraKernels kernels, NDArray y, NDArray x, LoraAdapter adapter, double weighting) {
            LowRankTerm term = adapter.originTerm(weighting);
            if (term == null) {
                return y;
            }
            Device device = x.getDevice();
            if (!term.a().getDevice().equals(device)) {
                term =
                        new LowRankTerm(
                                term.a().toDevice(device, true),
                                term.b().toDevice(device, true),
                                term.scaling(),
                                term.dtype());
                term.a().attach(y.getManager());
                term.b().attach(y.getManager());
            }
            NDArray rest = adapter.form().add(kernels, y, x, term);
            y.close();
            return rest;
        }

        /** c ∘ (v - b) + b with c = m / ‖W0 + s B A‖, where v is the output of W0 + s B A. */
        private NDArray rescaled(
                Pass pass, NDArray v, LoraAdapter adapter, Magnitude magnitude, double weighting) {
            Device device = v.getDevice();
            LoraKernels kernels = context.kernels();
            NDArray bias = frozen.bias(pass.store(), device, pass.training());
            try (NDArray norms = magnitude.norms(kernels, frozen.weight(), adapter, weighting);
                    NDArray there = norms.toDevice(device, false)) {
                NDArray m = magnitude.value(pass.store(), device, pass.training());
                return kernels.rescale(v, m, there, bias);
            }
        }

        private NDArray zeros(Shape shape) {
            NDArray weight = frozen.weight();
            return weight.getManager().zeros(shape, DataType.FLOAT32, weight.getDevice());
        }

        /** ‖W0 + s B A‖, which DoRA's magnitudes begin with. */
        NDArray lengths(
                AdapterSpec spec,
                LowRankForm form,
                LoraAdapter.Pair pair,
                LoraAdapter.@Nullable Pair origin) {
            double s = spec.scaling();
            LowRankTerm term = new LowRankTerm(pair.a(), pair.b(), s, spec.deltaDtype());
            LowRankTerm less =
                    origin == null
                            ? null
                            : new LowRankTerm(origin.a(), origin.b(), -s, spec.deltaDtype());
            NDArray norms =
                    Magnitude.measured(context.kernels(), frozen.weight(), term, less, form);
            if (norms.getDataType() == DataType.FLOAT32) {
                return norms;
            }
            try (NDArray wide = norms) {
                return wide.toType(DataType.FLOAT32, false);
            }
        }

        /** Returns whether an adapter is added to the weight, and not to the output. */
        private static boolean changesWeight(LoraAdapter adapter, boolean training) {
            return adapter.form() instanceof WeightForm form
                    && (!form.dropsInput() || !training || adapter.spec().dropout() == 0);
        }

        @Nullable LoraAdapter carried(AdapterVersion version) {
            return slots.get(version);
        }

        void call(boolean training) {
            mark.call(training);
        }

        @Nullable NDArray changedWeight(
                SelectedAdapters selected,
                ParameterStore store,
                Device device,
                boolean training,
                SubstitutedWeight.Substitutes pass) {
            mark.call(training);
            if (training) {
                dropMerged(selected);
            } else {
                MergedWeight held = merge.heldFor(selected, device);
                if (held != null) {
                    pass.release(held);
                    return held.array();
                }
            }
            return changedWeight(selected, store, device, training, pass.manager());
        }

        private @Nullable NDArray changedWeight(
                SelectedAdapters selected,
                ParameterStore store,
                Device device,
                boolean training,
                NDManager owner) {
            NDArray sum = null;
            for (int i = 0; i < selected.size(); i++) {
                LoraAdapter adapter = slots.get(selected.version(i));
                if (adapter != null
                        && changesWeight(adapter, training)
                        && adapter.form() instanceof WeightForm form) {
                    LowRankTerm term = adapter.term(selected.weight(i), store, device, training);
                    NDArray before =
                            sum == null
                                    ? BlockWeights.value(store, base.weight(), device, training)
                                    : sum;
                    NDArray next = form.changed(context.kernels(), before, term);
                    next.attach(owner);
                    if (sum != null) {
                        sum.close();
                    }
                    sum = next;
                }
            }
            return sum;
        }

        /** What is trained next is no longer what was merged. */
        void dropMerged(SelectedAdapters selected) {
            frozen.checkFrozen(context.trained());
            for (int i = 0; i < selected.size(); i++) {
                merge.dropIfUses(selected.version(i).name(), selected.version(i));
            }
        }

        void save(DataOutputStream os) throws IOException {
            AdapterStream.begin(os, base.block(), slots.names().size());
            for (String name : slots.names()) {
                AdapterStream.writePair(os, slots.require(name));
            }
            bias.save(os);
        }

        void load(NDManager manager, DataInputStream is, AdaptedLayer layer)
                throws IOException, MalformedModelException {
            merge.drop();
            int count = AdapterStream.begin(is, manager, layer);
            if (count == AdapterStream.NOT_ADAPTED) {
                return;
            }
            for (int i = 0; i < count; i++) {
                AdapterStream.readPair(is, manager, layer, base::formFor);
            }
            bias.load(is, manager, layer);
        }
    }
}
