/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lora4j.torch.operation.Script;

final class TorchTest {
    @Test
    void gradientsAreReturnedAndNotAccumulated() {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            NDArray a = manager.create(new float[] {1, 2, 3});
            NDArray unused = manager.create(new float[] {5});
            a.setRequiresGradient(true);
            unused.setRequiresGradient(true);
            NDArray loss = a.square().sum();
            NDList g = Autograd.gradients(loss, List.of(a, unused));
            assertThat(g.get(0).toFloatArray()).containsExactly(2, 4, 6);
            assertThat(g.get(1).toFloatArray()).containsExactly(0);
            assertThat(a.getGradient().toFloatArray()).containsExactly(0, 0, 0);
            assertThat(a.getName()).isNull();
        }
    }

    @Test
    void aVersionGrowsWithEveryWayOfWriting() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray a = manager.ones(new Shape(3));
            NDArray b = manager.ones(new Shape(2));
            a.setRequiresGradient(true);
            long start = Script.DENSE.integer("versions", a, b);
            assertThat(Script.DENSE.integer("versions", a, b)).isEqualTo(start);
            Torch.copyInto(a, manager.zeros(new Shape(3)));
            long copied = Script.DENSE.integer("versions", a, b);
            assertThat(copied).isGreaterThan(start);
            try (NDArray view = b.stopGradient()) {
                view.addi(1);
            }
            long added = Script.DENSE.integer("versions", a, b);
            assertThat(added).isGreaterThan(copied);
            Optimizers.sgd(new NDList(a), new NDList(manager.ones(new Shape(3))), 0.1);
            assertThat(Script.DENSE.integer("versions", a, b)).isGreaterThan(added);
            assertThat(manager.getManagedArrays()).hasSize(4);
        }
    }

    /** Bit for bit the products with a float mask of 0 and 1/(1-p), and so are the gradients. */
    @Test
    void dropoutIsAProductWithItsMask() {
        Random random = new Random(5);
        int count = 5 * 77;
        float[] x = new float[count];
        float[] dy = new float[count];
        boolean[] kept = new boolean[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) random.nextGaussian();
            dy[i] = (float) random.nextGaussian();
            kept[i] = random.nextInt(10) > 2;
        }
        float scale = (float) (1 / (1 - 0.3));
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            NDArray in = manager.create(x, new Shape(5, 77));
            in.setRequiresGradient(true);
            NDArray out = Dropout.of(in, manager.create(kept, new Shape(5, 77)), 0.3);
            NDArray gradient =
                    Autograd.pullback(out, manager.create(dy, new Shape(5, 77)), List.of(in))
                            .singletonOrThrow();
            float[] y = out.toFloatArray();
            float[] dx = gradient.toFloatArray();
            for (int i = 0; i < count; i++) {
                float mask = kept[i] ? scale : 0;
                assertThat(y[i]).isEqualTo(x[i] * mask);
                assertThat(dx[i]).isEqualTo(dy[i] * mask);
            }
        }
    }

    @Test
    void everyOperationLoadsAndRuns() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.arange(0, 24, 1f).div(10).reshape(2, 3, 4);
            NDArray w = manager.arange(0, 20, 1f).div(7).reshape(5, 4);
            NDArray y = Torch.linear(x, w, manager.ones(new Shape(5)));
            NDArray a = manager.arange(0, 8, 1f).div(3).reshape(2, 4);
            NDArray b = manager.arange(0, 10, 1f).div(5).reshape(5, 2);
            NDArray low = Script.DENSE.array("add_low_rank", y, x, a, b, 1.5);
            NDArray low32 = Script.DENSE.array("add_low_rank_float32", y, x, a, b, 1.5);
            assertThat(low.sub(low32).abs().max().getFloat()).isLessThan(1e-4f);
            NDArray viaDelta =
                    x.reshape(6, 4).matMul(Script.DENSE.array("delta", a, b, 1.5).transpose());
            assertThat(low.sub(y).reshape(6, 5).sub(viaDelta).abs().max().getFloat())
                    .isLessThan(1e-4f);
            NDArray mask = manager.zeros(new Shape(2, 1, 1, 3));
            NDArray plain = Torch.attention(x, x, x, 2);
            NDArray masked = Torch.attention(x, x, x, 2, mask);
            NDArray dropped =
                    Dropout.attention(x, x, x, 2, mask, manager.ones(new Shape(2, 2, 3, 3)), 0);
            assertThat(plain.sub(masked).abs().max().getFloat()).isLessThan(1e-6f);
            assertThat(plain.sub(dropped).abs().max().getFloat()).isLessThan(1e-6f);
            NDArray ones = manager.ones(new Shape(4));
            assertThat(
                            Torch.addLayerNorm(x, x, ones, ones, 1e-5)
                                    .sub(Torch.layerNorm(x.mul(2), ones, ones, 1e-5))
                                    .abs()
                                    .max()
                                    .getFloat())
                    .isLessThan(1e-5f);
            NDArray half = Torch.toFloat32(Torch.toBfloat16(x));
            assertThat(half.sub(x).abs().max().getFloat()).isBetween(1e-6f, 1e-2f);
            for (NDArray out :
                    List.of(
                            Torch.gelu(x),
                            Torch.geluTanh(x),
                            Torch.relu(x),
                            Torch.silu(x),
                            Torch.tanh(x),
                            Torch.sigmoid(x),
                            Torch.toFloat16(x),
                            Torch.toFloat64(x),
                            Script.DENSE.array("merge", w, w),
                            Torch.multiply(x, x))) {
                assertThat(out.isNaN().any().getBoolean()).isFalse();
            }
            NDArray labels = manager.create(new long[] {1, -100});
            assertThat(Torch.crossEntropySum(manager.zeros(new Shape(2, 4)), labels).getFloat())
                    .isEqualTo((float) Math.log(4));
            NDArray two = manager.create(new long[] {1, 0});
            NDArray scores = x.reshape(6, 4).get("0:2");
            assertThat(LossGradients.crossEntropy(scores, two).getDouble())
                    .isEqualTo(LossGradients.crossEntropyGradient(scores, two).get(0).getDouble());
            assertThat(Torch.squaredErrorSum(ones, ones.mul(3)).getFloat()).isEqualTo(16);
            assertThat(Autograd.norm(new NDList(ones, ones.mul(2))).getFloat())
                    .isEqualTo((float) Math.sqrt(20));
            NDList p = new NDList(manager.ones(new Shape(3)));
            NDList g = new NDList(manager.create(new float[] {1, -2, 0}));
            NDList m = new NDList(manager.zeros(new Shape(3)));
            NDList v = new NDList(manager.zeros(new Shape(3)));
            Optimizers.adamW(p, g, m, v, 1, 0.1, 0.9, 0.999, 1e-8, 0.01);
            assertThat(p.head().toFloatArray())
                    .containsExactly(new float[] {0.899f, 1.099f, 0.999f}, within(1e-7f));
            Optimizers.sgd(p, g, 0.5);
            assertThat(p.head().toFloatArray()[1]).isEqualTo(2.099f, within(1e-6f));
        }
    }
}
