/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.SymbolBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfigBuilder;

/** What an adapter leaves out is said: parameters that train beside it, and TorchScript. */
final class UnreachedPartsTest {
    private final NDManager manager = Engine.getEngine("PyTorch").newBaseManager();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final PrintStream before = System.err;

    @BeforeEach
    void listen() {
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void close() {
        System.setErr(before);
        manager.close();
    }

    @Test
    void saveAdapterNamesAHeadThatWasAddedLater(@TempDir Path folder) throws Exception {
        SequentialBlock net = Trees.mlp(manager);
        Injection injection = Lora.inject(net, Trees.config("01Linear").build());
        Lora.saveAdapter(net, injection, folder.resolve("first"));
        assertThat(said()).isEmpty();
        net.removeLastBlock();
        net.add(Linear.builder().setUnits(4).build());
        net.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        Lora.saveAdapter(net, injection, folder.resolve("second"));
        assertThat(said()).contains("03Linear.weight, 03Linear.bias").doesNotContain("01Linear");
    }

    @Test
    void aScriptBesideAdaptedLayersIsNamed() {
        Injection injection = Lora.inject(withScript(), config().build());
        assertThat(injection.layers()).hasSize(1);
        assertThat(said()).contains("Script is a module of its engine's own (Script) of 3 numbers");
        assertThat(injection.table()).contains("not adapted: Script, a module of its engine's own");
    }

    @Test
    void aScriptIsNotTrainedWholeOrInItsBiases() {
        SequentialBlock net = withScript();
        assertThatThrownBy(() -> Lora.inject(net, config().optModulesToSave("Script").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "Script is a module of its engine's own (Script) of 3 numbers");
        SequentialBlock outer = new SequentialBlock().add(withScript());
        outer.add(Linear.builder().setUnits(2).build());
        outer.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
        assertThatThrownBy(
                        () ->
                                Lora.inject(
                                        outer,
                                        Trees.config("regex:Linear")
                                                .optModulesToSave("SequentialBlock")
                                                .build()))
                .hasMessageContaining("SequentialBlock holds Script, a module of its engine's own");
        assertThatThrownBy(() -> Lora.inject(net, config().optBias(Bias.ALL).build()))
                .hasMessageContaining(
                        "Script is a module of its engine's own (Script) of 3 numbers");
        assertThat(BlockTree.hosts(net)).isEmpty();
    }

    @Test
    void aModelThatIsAScriptIsRefusedForWhatItIs() {
        assertThatThrownBy(() -> Lora.inject(new Script(), config().build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the model is a module of its engine's own");
    }

    private SequentialBlock withScript() {
        SequentialBlock net = new SequentialBlock().add(new Script());
        net.add(Linear.builder().setUnits(2).build());
        net.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
        return net;
    }

    /** A block as DJL makes of a TorchScript file: no children, and dotted names of parameters. */
    private static final class Script extends AbstractBlock implements SymbolBlock {
        private final Parameter bias =
                addParameter(
                        Parameter.builder()
                                .setName("layer.bias")
                                .setType(Parameter.Type.BIAS)
                                .optShape(new Shape(3))
                                .build());

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            return new NDList(inputs.head().add(bias.getArray()));
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return inputs;
        }

        @Override
        public PairList<String, Shape> describeOutput() {
            return new PairList<>();
        }
    }

    private static LoraConfigBuilder config() {
        return Trees.config("all-linear");
    }

    private String said() {
        return log.toString(StandardCharsets.UTF_8);
    }
}
