/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.weight.DenseLinear;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.TorchKernels;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What an adapter costs: a linear layer alone, adapted, merged, and adapted in training with its
 * gradients.
 *
 * <p>Rows are tokens of a batch, 440 as in 32 sentences of SST-2.
 */
@SuppressWarnings("NullAway.Init") // JMH calls open() first
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class LoraLinearBench {
    /** The layer's width. */
    @Param({"384", "1536"})
    public int size;

    /** r. */
    @Param({"8"})
    public int rank;

    private NDManager manager;
    private NDArray x;
    private Block plain;
    private Block adapted;
    private Injection injection;
    private ParameterStore store;
    private List<NDArray> trained;

    /** Makes a layer, and the same adapted. */
    @Setup(Level.Trial)
    public void open() {
        manager = NDManager.newBaseManager();
        x = manager.randomNormal(new Shape(440, size));
        NDArray weight = manager.randomNormal(new Shape(size, size)).mul(0.05f);
        NDArray bias = manager.randomNormal(new Shape(size));
        plain = new DenseLinear(weight, bias, new TorchKernels());
        SequentialBlock root = new SequentialBlock();
        root.add(new DenseLinear(weight, bias, new TorchKernels()));
        injection =
                Lora.inject(
                        root,
                        LoraConfig.builder()
                                .setRank(rank)
                                .setAlpha(2.0 * rank)
                                .optTargetModules("all-linear")
                                .build());
        adapted = root;
        LoraAdapter pair = injection.layers().get(0).adapter("default").orElseThrow();
        trained = List.of(pair.a().getArray(), pair.b().getArray());
        store = new ParameterStore(manager, false);
    }

    /** Frees the layers. */
    @TearDown(Level.Trial)
    public void close() {
        manager.close();
    }

    /** The base's forward pass. */
    @Benchmark
    public void base() {
        forward(plain, false);
    }

    /** The adapted layer's forward pass at inference. */
    @Benchmark
    public void unmerged() {
        forward(adapted, false);
    }

    /** The merged layer's forward pass: no more than the base's. */
    @Benchmark
    public void merged() {
        if (!injection.layers().get(0).isMerged()) {
            injection.merge();
        }
        forward(adapted, false);
    }

    /** The adapted layer's forward and backward pass. */
    @Benchmark
    public void trained() {
        try (NDManager scope = manager.newSubManager();
                GradMode on = GradMode.on()) {
            NDArray input = x.stopGradient();
            input.attach(scope);
            NDArray y = adapted.forward(store, new NDList(input), true).singletonOrThrow();
            NDList gradients = Autograd.gradients(y.sum(), trained);
            gradients.attach(scope);
        }
    }

    private void forward(Block block, boolean training) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray input = x.stopGradient();
            input.attach(scope);
            block.forward(store, new NDList(input), training).attach(scope);
        }
    }
}
