/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LinearFixture;
import org.lora4j.block.NaiveLora;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.layer.MergedLinear;
import org.lora4j.core.ConvForm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;

final class AdapterStreamTest {
    private static final double[][] X = NaiveLora.random(3, 4, LinearFixture.IN);
    private static final AdapterSpec SPEC =
            new AdapterSpec(
                    2,
                    7,
                    2.5,
                    0.25,
                    Init.KAIMING_UNIFORM,
                    DeltaDtype.FLOAT32,
                    -3,
                    ConvForm.LORALIB,
                    List.of(),
                    true);

    @Test
    void aSavedLayerIsReadBackWithItsAdapters() throws Exception {
        try (LinearFixture f = new LinearFixture(true);
                LinearFixture other = new LinearFixture(true)) {
            f.add("a", SPEC, 20, 1);
            f.add("default", LinearFixture.spec(1, 2, 0), 30, 1);
            byte[] file = save(f.layer);
            LinearFixture.write(other.base.getParameters().get("weight"), new double[5][3]);
            load(other, file);
            assertThat(other.layer.adapterNames()).containsExactly("a", "default");
            assertThat(other.layer.adapter("a").orElseThrow().spec()).isEqualTo(SPEC);
            other.context.active().setDefault(AdapterSelection.of("a", "default"));
            LinearFixture.assertClose(other.forward(other.input(X, 4, 3)), f.control.forward(X));
            assertThat(save(other.layer)).isEqualTo(file);
        }
    }

    @Test
    void theFlagsOfSlicesAreKept() throws Exception {
        List<Boolean> flags = List.of(false, true, true, false, true);
        AdapterSpec spec =
                new AdapterSpec(
                        2,
                        7,
                        3.5,
                        0,
                        Init.GAUSSIAN,
                        DeltaDtype.ACTIVATION,
                        1,
                        ConvForm.PEFT,
                        flags,
                        false);
        try (LinearFixture f = new LinearFixture(true)) {
            MergedLinear layer = new MergedLinear("p", f.base, f.context);
            LinearFixture.write(layer.addAdapter("a", spec).b(), NaiveLora.random(4, 3, 2));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            layer.saveParameters(new DataOutputStream(out));
            MergedLinear other = new MergedLinear("p", f.base, f.context);
            other.loadParameters(
                    f.manager, new DataInputStream(new ByteArrayInputStream(out.toByteArray())));
            LoraAdapter read = other.adapter("a").orElseThrow();
            assertThat(read.spec()).isEqualTo(spec);
            assertThat(read.b().getArray().toFloatArray())
                    .isEqualTo(NaiveLora.flat(NaiveLora.random(4, 3, 2)));
        }
    }

    @Test
    void loadingWritesIntoTheArraysThatAreThereAndKeepsWhatIsFrozen() throws Exception {
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter adapter = f.add("a", SPEC, 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            byte[] file = save(f.layer);
            NDArray a = adapter.a().getArray();
            LinearFixture.write(adapter.a(), new double[2][3]);
            f.layer.merge();
            f.layer.setTrainable("a", false);
            adapter.b().freeze(false);
            f.base.getParameters().get("bias").freeze(false);
            load(f, file);
            assertThat(f.layer.isMerged()).isFalse();
            assertThat(f.layer.adapter("a")).containsSame(adapter);
            assertThat(adapter.a().getArray()).isSameAs(a);
            LinearFixture.assertClose(f.forward(f.input(X, 4, 3)), f.control.forward(X));
            assertThat(adapter.a().getArray().hasGradient()).isFalse();
            assertThat(adapter.b().getArray().hasGradient()).isTrue();
            assertThat(f.base.getParameters().get("bias").getArray().hasGradient()).isTrue();
            assertThat(f.base.getParameters().get("weight").getArray().hasGradient()).isFalse();
        }
    }

    @Test
    void anAdapterOfOtherNumbersIsReplaced() throws Exception {
        try (LinearFixture f = new LinearFixture(true);
                LinearFixture other = new LinearFixture(true)) {
            f.add("a", SPEC, 20, 1);
            other.add("a", LinearFixture.spec(3, 1, 0), 40, 1);
            other.add("b", LinearFixture.spec(1, 1, 0), 50, 1);
            load(other, save(f.layer));
            assertThat(other.layer.adapter("a").orElseThrow().spec()).isEqualTo(SPEC);
            assertThat(other.layer.adapterNames()).containsExactlyInAnyOrder("a", "b");
        }
    }

    @Test
    void whatTheBaseAloneWroteLoadsIntoAnAdaptedLayer() throws Exception {
        try (LinearFixture f = new LinearFixture(true)) {
            byte[] file = save(f.base);
            f.add("a", SPEC, 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            LinearFixture.write(f.base.getParameters().get("weight"), new double[5][3]);
            load(f, file);
            LinearFixture.assertClose(f.forward(f.input(X, 4, 3)), f.control.forward(X));
        }
    }

    @Test
    void aModelGoesThroughDjlsFiles(@TempDir Path directory) throws Exception {
        try (LinearFixture f = new LinearFixture(true);
                LinearFixture other = new LinearFixture(true);
                Model model = Model.newInstance("m");
                Model loaded = Model.newInstance("m")) {
            f.add("a", SPEC, 20, 1);
            model.setBlock(new SequentialBlock().add(f.layer));
            model.getBlock().initialize(f.manager, DataType.FLOAT32, new Shape(1, 3));
            model.save(directory, "m");
            loaded.setBlock(new SequentialBlock().add(other.layer));
            loaded.load(directory, "m");
            other.context.active().setDefault(AdapterSelection.of("a"));
            LinearFixture.assertClose(other.forward(other.input(X, 4, 3)), f.control.forward(X));
        }
    }

    @Test
    void anAdapterForAnotherShapeIsRefusedAndNothingChanges() throws Exception {
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter adapter = f.add("a", SPEC, 20, 1);
            byte[] file = save(f.layer);
            // the rank stands after marker, version, base, count and the name's 3 bytes
            int rank = 2 + save(f.base).length + 4 + 3 + 3;
            assertThat(file[rank]).isEqualTo((byte) 2);
            file[rank] = 3;
            float[] before = adapter.a().getArray().toFloatArray();
            assertThatThrownBy(() -> load(f, file))
                    .isInstanceOf(MalformedModelException.class)
                    .hasMessageContaining(LinearFixture.PATH + ": lora_A_a is float32 (2, 3)")
                    .hasMessageContaining("expected float32 (3, 3)");
            assertThat(f.layer.adapter("a")).containsSame(adapter);
            assertThat(adapter.a().getArray().toFloatArray()).containsExactly(before);
            file[rank] = 0;
            assertThatThrownBy(() -> load(f, file))
                    .isInstanceOf(MalformedModelException.class)
                    .hasMessageContaining("rank must be at least 1, found 0; the file is damaged");
            file[rank - 3] = 0x7F; // a rank of two thousand million allocates nothing
            assertThatThrownBy(() -> load(f, file))
                    .isInstanceOf(MalformedModelException.class)
                    .hasMessageContaining("expected float32 (2130706432, 3)");
        }
    }

    @Test
    void aDamagedStreamIsRefusedWhereverItIsCut() throws Exception {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", SPEC, 20, 1);
            byte[] file = save(f.layer);
            for (int length = 0; length < file.length; length += 7) {
                byte[] cut = java.util.Arrays.copyOf(file, length);
                assertThatThrownBy(() -> load(f, cut))
                        .isInstanceOfAny(
                                IOException.class,
                                MalformedModelException.class,
                                IllegalArgumentException.class);
            }
            byte[] later = file.clone();
            later[1] = 9;
            assertThatThrownBy(() -> load(f, later))
                    .isInstanceOf(MalformedModelException.class)
                    .hasMessageContaining("adapter version 9 found, 1 expected");
            byte[] many = file.clone();
            many[2 + save(f.base).length] = (byte) 0x80;
            assertThatThrownBy(() -> load(f, many))
                    .isInstanceOf(MalformedModelException.class)
                    .hasMessageContaining("adapters found; the file is damaged");
            load(f, file);
            f.context.active().setDefault(AdapterSelection.of("a"));
            LinearFixture.assertClose(f.forward(f.input(X, 4, 3)), f.control.forward(X));
        }
    }

    private static byte[] save(Block block) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        block.saveParameters(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static void load(LinearFixture f, byte[] file) throws Exception {
        f.layer.loadParameters(f.manager, new DataInputStream(new ByteArrayInputStream(file)));
    }
}
