/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.weight.DenseLinear;
import org.lora4j.block.weight.Int8Weight;
import org.lora4j.block.weight.Nf4Weight;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.safetensors.SafeTensors;

/** Codes, scales and numbers against bitsandbytes 0.50.2, code for code and bit for bit. */
final class PackingTest {
    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private SafeTensors golden;

    @BeforeEach
    void open() throws IOException, URISyntaxException {
        Path file =
                Path.of(
                        Objects.requireNonNull(
                                        PackingTest.class.getResource(
                                                "/golden/packed/matrices.safetensors"))
                                .toURI());
        golden = SafeTensors.open(file);
    }

    @AfterEach
    void close() {
        golden.close();
        manager.close();
    }

    @Test
    void theTablesAreThoseOfBitsandbytes() throws IOException {
        Packing packing = new Packing(manager);
        float[] nf4 = golden.read(manager, "nf4").toFloatArray();
        float[] pairs = packing.pairs().toFloatArray();
        for (int i = 0; i < 256; i++) {
            assertThat(pairs[2 * i]).isEqualTo(nf4[i / 16]);
            assertThat(pairs[2 * i + 1]).isEqualTo(nf4[i % 16]);
        }
        assertThat(packing.map().toFloatArray())
                .isEqualTo(golden.read(manager, "map").toFloatArray());
    }

    @Test
    void pissaOnAPackedWeightIsRefused() throws IOException {
        Nf4Weight packed = new Packing(manager).nf4(matrix("even"), false);
        LoraContext context = LoraContext.of(new TorchKernels(), 0);
        DenseLinear base = new DenseLinear(packed, null, context.kernels());
        AdaptedLayer layer = LoraLayers.wrap("q_proj", base, context).orElseThrow();
        AdapterSpec spec = new AdapterSpec(2, 4, 2, 0, Init.PISSA, DeltaDtype.ACTIVATION, 0);
        assertThatThrownBy(() -> layer.addAdapter("a", spec))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("q_proj")
                .hasMessageContaining(packed.format());
        assertThat(layer.adapterNames()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"even", "bfloat16", "float16", "odd", "ragged", "many", "ties", "zeros"})
    void nf4IsThatOfBitsandbytes(String name) throws IOException {
        Nf4Weight packed = new Packing(manager).nf4(matrix(name), false);
        assertThat(packed.codes().toByteArray()).isEqualTo(bytes(name + ".nf4.codes"));
        assertThat(packed.scales().values().toFloatArray()).isEqualTo(floats(name + ".nf4.scales"));
        assertUnpacked(packed, name + ".nf4.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"even", "bfloat16", "float16", "odd", "ragged", "many", "ties", "zeros"})
    void scalesInEightBitsAreThoseOfBitsandbytes(String name) throws IOException {
        Nf4Weight packed = new Packing(manager).nf4(matrix(name), true);
        Nf4Weight.Nested nested = Objects.requireNonNull(packed.scales().nested());
        assertThat(packed.codes().toByteArray()).isEqualTo(bytes(name + ".nf4.codes"));
        assertThat(packed.scales().values().toByteArray()).isEqualTo(bytes(name + ".nested.codes"));
        assertThat(nested.values().toFloatArray()).isEqualTo(floats(name + ".nested.scales"));
        assertThat(nested.offset()).isEqualTo(floats(name + ".nested.offset")[0]);
        assertUnpacked(packed, name + ".nested.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"even", "bfloat16", "float16", "odd", "ragged", "many", "ties", "zeros"})
    void int8IsThatOfBitsandbytes(String name) throws IOException {
        Int8Weight packed = new Packing(manager).int8(matrix(name));
        assertThat(packed.codes().toByteArray()).isEqualTo(bytes(name + ".int8.codes"));
        assertThat(packed.scales().toFloatArray()).isEqualTo(floats(name + ".int8.scales"));
        assertUnpacked(packed, name + ".int8.");
    }

    @Test
    void aNumberTakesALittleOverFourBits() {
        Nf4Weight packed =
                new Packing(manager).nf4(manager.randomNormal(new Shape(1024, 768)), true);
        assertThat(packed.bytes() * 8.0 / (1024 * 768)).isBetween(4.125, 4.128);
    }

    @Test
    void whatIsNotFiniteIsRefused() {
        Packing packing = new Packing(manager);
        NDArray nan = manager.create(new float[] {1, Float.NaN, 2, 3}, new Shape(2, 2));
        NDArray large = manager.create(new float[] {1, 66_000, 2, 3}, new Shape(2, 2));
        assertThatThrownBy(() -> packing.nf4(nan, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN or infinite");
        assertThatThrownBy(() -> packing.int8(nan)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> packing.int8(large)).hasMessageContaining("below 65,520");
        assertThat(packing.nf4(large, true).scales().values().size()).isEqualTo(1);
    }

    @Test
    void aPackedWeightNeverTrainsAndIsNoArrayOfDjl() {
        PackedWeight packed = new Packing(manager).int8(manager.ones(new Shape(2, 3)));
        assertThat(packed.getShape()).isEqualTo(new Shape(2, 3));
        assertThat(packed.hasGradient()).isFalse();
        assertThatThrownBy(() -> packed.setRequiresGradient(true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("8 bits (int8)");
        assertThatThrownBy(() -> packed.add(1)).isInstanceOf(UnsupportedOperationException.class);
    }

    private NDArray matrix(String name) throws IOException {
        String key = name + ".w";
        return golden.readAs(manager, key, golden.info(key).dtype());
    }

    private byte[] bytes(String name) throws IOException {
        return golden.read(manager, name).toByteArray();
    }

    private float[] floats(String name) throws IOException {
        return golden.read(manager, name).toFloatArray();
    }

    private void assertUnpacked(PackedWeight packed, String name) throws IOException {
        for (TensorDtype dtype :
                new TensorDtype[] {TensorDtype.F32, TensorDtype.BF16, TensorDtype.F16}) {
            String word =
                    switch (dtype) {
                        case F32 -> "float32";
                        case BF16 -> "bfloat16";
                        default -> "float16";
                    };
            NDArray expected = golden.readAs(manager, name + word, dtype);
            NDArray found = Packing.unpack(packed, expected);
            assertThat(found.getShape()).isEqualTo(expected.getShape());
            assertThat(Torch.toFloat32(found).toFloatArray())
                    .as(name + word)
                    .isEqualTo(Torch.toFloat32(expected).toFloatArray());
        }
    }
}
