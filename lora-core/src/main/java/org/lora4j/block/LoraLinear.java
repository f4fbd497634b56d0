/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
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
public final class LoraLinear extends Linear implements LowRankLayer {
    private final Linear base;
    private final LayerAdapters adapters;

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
        this.base = base;
        FrozenBase frozen = new FrozenBase(path, base, "weight");
        Shape shape = frozen.weight().getShape();
        LinearForm form = new LinearForm(shape.get(0), shape.get(1));
        parameters.clear();
        this.adapters = new LayerAdapters(path, frozen, context, spec -> form, parameters);
        children.add("base", base);
        inputShapes = new Shape[] {new Shape(-1, form.in())};
    }

    @Override
    public LayerAdapters adapters() {
        return adapters;
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
    public Linear merged() {
        NDArray array = adapters.plainWeight();
        if (array == null) {
            return base;
        }
        return base instanceof DenseLinear
                ? new DenseLinear(array, adapters.plainBias(), context().kernels())
                : PlainLinear.of(array, adapters.plainBias());
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return new NDList(adapters.forward(store, inputs.singletonOrThrow(), training, params));
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
        long out = weightShape().get(0);
        return new Shape[] {input.slice(0, input.dimension() - 1).add(out)};
    }

    @Override
    public PairList<String, Shape> describeInput() {
        PairList<String, Shape> description = new PairList<>();
        description.add("linearInput", inputShapes[0]);
        return description;
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        adapters.save(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        adapters.load(manager, is, this);
    }
}
