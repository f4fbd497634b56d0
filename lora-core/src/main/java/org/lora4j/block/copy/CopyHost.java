/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterCoverage;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.BiasHost;
import org.lora4j.block.LayerPass;
import org.lora4j.block.LoraContext;
import org.lora4j.block.pass.RowLayout;

/**
 * A frozen block that runs with the active adapter's copies of some of its parameters, or of all.
 *
 * <p>Any number of threads may run it when training is false.
 */
public sealed interface CopyHost extends AdapterHost permits BlockOnCopies, FrozenBatchNorm {
    /** Returns the base and the adapters' copies. */
    Copied copied();

    @Override
    default String path() {
        return copied().path;
    }

    @Override
    default Block base() {
        return copied().base;
    }

    @Override
    default LoraContext context() {
        return copied().context;
    }

    @Override
    default Set<String> adapterNames() {
        return copied().copies.names();
    }

    @Override
    default boolean isBare() {
        return copied().copies.isEmpty();
    }

    @Override
    default Map<String, Parameter> tensors(String adapter) {
        return copied().copies.tensors(adapter);
    }

    @Override
    default boolean isCalled() {
        return copied().mark.isCalled();
    }

    @Override
    default boolean replaces(Parameter original) {
        return copied().copies.replaces(original);
    }

    @Override
    default void removeAdapter(String name) {
        copied().copies.remove(name);
    }

    /** Returns the original block, with the active adapter's copies written into its parameters. */
    @Override
    default Block merged() {
        ParameterCopies.OfAdapter own = copied().copies.active(context().active().defaults());
        if (own != null) {
            own.write(context().kernels());
        }
        return base();
    }

    /** A base and the adapters' copies of its parameters. */
    final class Copied {
        final ParameterCopies copies;
        final AdapterCoverage.Mark mark;
        private final String path;
        private final Block base;
        private final LoraContext context;

        /**
         * Freezes a block.
         *
         * @param parameters the host's own parameters, which become the copies
         * @param children the host's children, of which the base becomes the only one
         */
        Copied(
                String path,
                Block base,
                LoraContext context,
                Map<String, Parameter> parameters,
                BlockList children) {
            this.path = path;
            this.base = base;
            this.context = context;
            this.copies = new ParameterCopies(path, context.active().names(), parameters);
            this.mark = context.coverage().mark(path, parameters.values());
            children.add("base", base);
            base.freezeParameters(true);
        }

        void addBiases(String adapter) {
            Map<String, Parameter> originals = BiasHost.biasesOf(base);
            if (!copies.has(adapter) && !originals.isEmpty()) {
                copies.add(adapter, originals);
            }
        }

        /**
         * Runs the base.
         *
         * @param training whether gradients of the copies are wanted
         * @param asTraining whether the base runs as in training
         */
        NDList run(
                ParameterStore store,
                NDList inputs,
                boolean training,
                boolean asTraining,
                @Nullable PairList<String, Object> params) {
            mark.call(training);
            return run(
                    training,
                    inputs,
                    (own, part) -> {
                        ParameterStore used = own == null ? store : own.over(store, training);
                        return base.forward(used, part, asTraining, params);
                    });
        }

        /**
         * Runs the base with the copies of the pass, the texts of each adapter by themselves where
         * texts have adapters of their own.
         */
        NDList run(boolean training, NDList inputs, CopiesByRows.Run run) {
            try (LayerPass pass = context.active().layer()) {
                RowLayout rows = pass.rows();
                return rows == null
                        ? run.of(copies.active(pass.adapters()), inputs)
                        : new CopiesByRows(
                                        path,
                                        copies,
                                        context.kernels(),
                                        training ? context.steps() : null)
                                .run(rows, inputs, run);
            }
        }

        void save(DataOutputStream os) throws IOException {
            AdapterStream.begin(os, base, copies.names().size());
            copies.save(os);
        }
    }
}
