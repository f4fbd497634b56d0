/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A frozen linear layer with low-rank corrections: Y = X W0ᵀ + b + Σ wᵢ sᵢ drop(X) Aᵢᵀ Bᵢᵀ.
 *
 * <p>Shapes: X [.., in]; W0 [out, in]; b [out]; A [r, in]; B [out, r]; Y [.., out]; s = alpha / r
 * or alpha / √r. A new adapter has B = 0, so Y is the base's to the bit. Gradients reach A and B
 * and, through both terms, X; never W0. Dropout acts on A's input in training only. A and B are
 * float32; the product is computed in X's dtype or in float32 ({@link org.lora4j.core.DeltaDtype}),
 * the delta and the merge in float32.
 *
 * <p>It extends {@link Linear} so that it fits the typed fields of DJL's blocks; the original layer
 * stays inside, unchanged, computes the first two terms as it always did, and can be put back.
 * {@link #saveParameters} writes the base and the adapters; {@link #loadParameters} also reads what
 * the base alone wrote. An adapter may have its own copy of b ({@link #addBiases}); the layer then
 * also stands for a layer that carries nothing else of that adapter.
 *
 * <p>Forward with training = false is safe from any number of threads, also while {@link #merge} or
 * {@link #unmerge} runs; training is for one thread. A training pass drops a merged weight that one
 * of its adapters has part in.
 *
 * <p>Follows Hu et al. 2021 (arXiv:2106.09685), section 4.1, and PEFT's tuners/lora/layer.py,
 * Linear.forward; merging differs: W0 is never written.
 */
public final class LoraLinear extends Linear implements AdaptedLayer {
    private final String path;
    private final long pathKey;
    private final Linear base;
    private final Parameter baseWeight;
    private final FrozenWeight weight;
    private final LoraContext context;
    private final AdapterSlots<LoraAdapter> slots;
    private final MergeSlot merged = new MergeSlot();
    private final LayerBias bias;

    /**
     * Wraps a linear layer whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the layer's module path
     * @param base the layer
     * @param context what the blocks of the tree share
     * @throws IllegalStateException if the layer is not initialised
     */
    @SuppressWarnings("this-escape")
    public LoraLinear(String path, Linear base, LoraContext context) {
        super(Linear.builder().setUnits(1).optBias(false));
        this.baseWeight = base.getDirectParameters().get("weight");
        if (!baseWeight.isInitialized()) {
            throw new IllegalStateException(
                    path
                            + " is not initialised; expected a weight to freeze. Load the model's"
                            + " parameters or initialise its block before adapting it");
        }
        this.path = path;
        this.pathKey = StepContext.pathKey(path);
        this.base = base;
        this.context = context;
        this.weight = new ParameterWeight(baseWeight);
        this.slots = new AdapterSlots<>(path);
        parameters.clear();
        this.bias = new LayerBias(path, base, parameters);
        children.add("base", base);
        inputShapes = new Shape[] {new Shape(-1, weight.getShape().get(1))};
        base.freezeParameters(true);
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public String kind() {
        return "Linear";
    }

    @Override
    public Linear base() {
        return base;
    }

    @Override
    public Shape weightShape() {
        return weight.getShape();
    }

    @Override
    public LoraContext context() {
        return context;
    }

    @Override
    public Set<String> adapterNames() {
        return bias.namesWith(slots.names());
    }

    @Override
    public Optional<LoraAdapter> adapter(String name) {
        return Optional.ofNullable(slots.get(name));
    }

    @Override
    public LoraAdapter addAdapter(String name, AdapterSpec spec) {
        slots.checkFree(name);
        NDArray w = weight.array();
        LoraAdapter adapter =
                AdapterInit.pair(
                        name,
                        spec,
                        path,
                        shapeA(spec.rank()),
                        shapeB(spec.rank()),
                        w.getManager(),
                        w.getDevice());
        parameters.put(adapter.a().getName(), adapter.a());
        parameters.put(adapter.b().getName(), adapter.b());
        merged.dropIfUses(name);
        slots.put(name, adapter);
        return adapter;
    }

    private Shape shapeA(int rank) {
        return new Shape(rank, weight.getShape().get(1));
    }

    private Shape shapeB(int rank) {
        return new Shape(weight.getShape().get(0), rank);
    }

    @Override
    public void removeAdapter(String name) {
        LoraAdapter adapter = slots.remove(name);
        if (adapter != null) {
            merged.dropIfUses(name);
            parameters.remove(adapter.a().getName());
            parameters.remove(adapter.b().getName());
            adapter.close();
        }
        bias.remove(name);
    }

    @Override
    public void addBiases(String adapter) {
        bias.add(adapter);
    }

    @Override
    public Map<String, Parameter> biases(String adapter) {
        return bias.tensors(adapter, slots.get(adapter) != null);
    }

    @Override
    public boolean replaces(Parameter original) {
        return bias.replaces(original);
    }

    @Override
    public Map<String, Parameter> tensors(String adapter) {
        Map<String, Parameter> tensors = new LinkedHashMap<>();
        adapter(adapter)
                .ifPresent(
                        found -> {
                            tensors.put("lora_A.weight", found.a());
                            tensors.put("lora_B.weight", found.b());
                        });
        tensors.putAll(biases(adapter));
        return tensors;
    }

    @Override
    public NDArray delta(NDManager manager, String adapter) {
        return delta(manager, slots.require(adapter), 1);
    }

    private NDArray delta(NDManager manager, LoraAdapter adapter, double weighting) {
        LoraAdapter.Pair pair = adapter.detached();
        double scaling = adapter.spec().scaling() * weighting;
        NDArray delta = context.kernels().delta(pair.a(), pair.b(), scaling);
        delta.attach(manager);
        return delta;
    }

    @Override
    public synchronized void merge() {
        merged.fill(null);
        AdapterSelection selection = context.active().current();
        NDArray array = mergedWeight(selection);
        if (array != null) {
            merged.fill(new MergedWeight(selection, array));
        }
    }

    @Override
    public Linear merged() {
        AdapterSelection selection = context.active().current();
        NDArray array = mergedWeight(selection);
        if (array == null && !bias.isReplaced(selection)) {
            return base;
        }
        NDArray w = array == null ? weight.array() : array;
        NDArray b = bias.merged(selection);
        return base instanceof DenseLinear
                ? new DenseLinear(w, b, context.kernels())
                : PlainLinear.of(w, b);
    }

    /** W0 + Σ wᵢ sᵢ Bᵢ Aᵢ, or null where no adapter of the selection is on this layer. */
    private @Nullable NDArray mergedWeight(AdapterSelection selection) {
        NDManager owner = weight.array().getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDArray sum = null;
            for (Map.Entry<String, Double> entry : selection.weights().entrySet()) {
                LoraAdapter adapter = slots.get(entry.getKey());
                if (adapter != null) {
                    NDArray delta = delta(scope, adapter, entry.getValue());
                    sum = sum == null ? delta : sum.addi(delta);
                }
            }
            if (sum == null) {
                return null;
            }
            NDArray array = weight.plus(context.kernels(), sum);
            array.attach(owner);
            return array;
        }
    }

    @Override
    public void unmerge() {
        merged.fill(null);
    }

    @Override
    public boolean isMerged() {
        return merged.isFilled();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        AdapterSelection selection = context.active().current();
        ParameterStore own = bias.over(store, selection);
        if (training) {
            checkFrozen();
            // what is trained next is no longer what was merged
            selection.weights().keySet().forEach(merged::dropIfUses);
        } else {
            MergedWeight held = merged.acquire(selection, x.getDevice());
            if (held != null) {
                try {
                    return new NDList(runBase(own, x, false, held.array(), params));
                } finally {
                    held.release();
                }
            }
        }
        NDArray y = runBase(own, x, training, null, params);
        for (Map.Entry<String, Double> entry : selection.weights().entrySet()) {
            LoraAdapter adapter = slots.get(entry.getKey());
            if (adapter != null) {
                y = addAdapter(store, y, x, adapter, entry.getValue(), training);
            }
        }
        return new NDList(y);
    }

    /** Runs the base as it is, on another weight if given. */
    private NDArray runBase(
            ParameterStore store,
            NDArray x,
            boolean training,
            @Nullable NDArray otherWeight,
            @Nullable PairList<String, Object> params) {
        ParameterStore used =
                otherWeight == null
                        ? store
                        : new SubstituteStore(
                                store,
                                (parameter, device, trains) ->
                                        parameter == baseWeight ? otherWeight : null);
        return base.forward(used, new NDList(x), training, params).singletonOrThrow();
    }

    private void checkFrozen() {
        if (weight.requiresGradient()) {
            throw new IllegalStateException(
                    path
                            + ": the frozen weight asks for gradients; expected it frozen."
                            + " Something unfroze it, such as Model.newTrainer on a loaded model:"
                            + " call Lora.inject on the Model, or freeze the base again");
        }
    }

    private NDArray addAdapter(
            ParameterStore store,
            NDArray y,
            NDArray x,
            LoraAdapter adapter,
            double weighting,
            boolean training) {
        AdapterSpec spec = adapter.spec();
        Device device = x.getDevice();
        LoraAdapter.Pair pair = adapter.arrays(store, device, training);
        NDArray input = x;
        if (training && spec.dropout() > 0) {
            try (NDArray mask = context.steps().mask(x, spec.dropout(), pathKey)) {
                input = context.kernels().multiply(x, mask);
            }
        }
        double scaling = spec.scaling() * weighting;
        NDArray sum =
                context.kernels()
                        .addLowRank(y, input, pair.a(), pair.b(), scaling, spec.deltaDtype());
        // autograd keeps what the backward pass needs; our handles are no longer wanted
        y.close();
        if (input != x) {
            input.close();
        }
        return sum;
    }

    @Override
    public void prepare(Shape[] inputShapes) {
        // the base and the adapters have their arrays
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the adapters have their arrays
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        Shape input = inputs[0];
        return new Shape[] {input.slice(0, input.dimension() - 1).add(weight.getShape().get(0))};
    }

    @Override
    public PairList<String, Shape> describeInput() {
        PairList<String, Shape> description = new PairList<>();
        description.add("linearInput", inputShapes[0]);
        return description;
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        AdapterStream.begin(os, base, slots.names().size());
        for (String name : slots.names()) {
            AdapterStream.writePair(os, slots.require(name));
        }
        bias.save(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        merged.fill(null);
        int count = AdapterStream.begin(is, manager, this);
        if (count == AdapterStream.NOT_ADAPTED) {
            return;
        }
        for (int i = 0; i < count; i++) {
            AdapterStream.readPair(is, manager, this, this::shapeA, this::shapeB);
        }
        bias.load(is, manager, this);
    }
}
