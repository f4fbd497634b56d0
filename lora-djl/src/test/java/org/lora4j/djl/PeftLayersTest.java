/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.layer.MergedLinear;
import org.lora4j.core.LoraConfig;

/** PEFT's directories for every kind of layer. */
final class PeftLayersTest {
    private static final String FOLDER = "/golden/layers-directory/";
    private static final int INPUTS = 1 << 18;
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void loadingAnAdapterDrawsNoNumbers(@TempDir Path folder) throws IOException {
        SequentialBlock tree = wide();
        Injection injection =
                Lora.inject(
                        tree,
                        LoraConfig.builder()
                                .setRank(8)
                                .setAlpha(8)
                                .optTargetModules("all-linear")
                                .build());
        Lora.saveAdapter(tree, injection, folder);
        SequentialBlock other = wide();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Lora.loadAdapter(other, "loaded", folder);
        // numbers are drawn into an array on the heap, and copied from a file beside it
        long drawn = 8L * INPUTS * Float.BYTES;
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(drawn);
    }

    private SequentialBlock wide() {
        SequentialBlock tree = new SequentialBlock().add(Linear.builder().setUnits(1).build());
        tree.initialize(manager, DataType.FLOAT32, new Shape(1, INPUTS));
        return tree;
    }

    @Test
    void anAdapterOfPeftGivesPeftsOutputsAndIsWrittenAgainAsItWas(@TempDir Path folder)
            throws Exception {
        LayerExchange layers = new LayerExchange(manager, PeftLayersTest::open);
        Path theirs = adapter();
        Injection injection = Lora.loadAdapter(layers.tree, "theirs", theirs);
        assertThat(injection.layers())
                .extracting(AdaptedLayer::path)
                .containsExactlyInAnyOrder(
                        "Conv1d", "Conv2d", "Linear", "TransposedLinear", "Words");
        assertThat(Trees.trained(layers.tree)).isEmpty();
        layers.outputs()
                .forEach(
                        (name, y) ->
                                assertThat(y.toFloatArray())
                                        .as(name)
                                        .containsExactly(
                                                layers.array(name, "y").toFloatArray(),
                                                within(1e-6f)));
        Lora.saveAdapter(layers.tree, injection, folder.resolve("again"));
        PeftAdapter before = PeftAdapter.read(theirs, manager);
        PeftAdapter after = PeftAdapter.read(folder.resolve("again"), manager);
        assertThat(after.tensors().keySet()).isEqualTo(before.tensors().keySet());
        before.tensors()
                .forEach(
                        (name, tensor) -> {
                            NDArray now = Objects.requireNonNull(after.tensors().get(name), name);
                            assertThat(now.getShape()).as(name).isEqualTo(tensor.getShape());
                            assertThat(now.toFloatArray())
                                    .as(name)
                                    .isEqualTo(tensor.toFloatArray());
                        });
        LoraConfig read = before.config().lora();
        LoraConfig written = after.config().lora();
        assertThat(written.targets().names())
                .containsExactlyInAnyOrderElementsOf(read.targets().names());
        assertThat(written.toBuilder().optTargets(read.targets()).build()).isEqualTo(read);
        assertThat(after.config().fanInFanOut()).isTrue();
    }

    @Test
    void aTensorOfAnotherShapeIsNamedAndNothingChanges() throws Exception {
        SequentialBlock tree = LayerKind.CONV2D.tree(manager);
        Path theirs = adapter();
        assertThatThrownBy(() -> Lora.loadAdapter(tree, "theirs", theirs))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("Conv2d.lora_A.weight")
                .hasMessageContaining("Words.lora_embedding_A");
        assertThat(BlockTree.hosts(tree)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"CONV1D_LORALIB", "CONV2D_LORALIB"})
    void anAdapterOfOursIsReadAgain(LayerKind kind, @TempDir Path folder) throws Exception {
        SequentialBlock tree = kind.tree(manager);
        NDArray x = kind.input(manager);
        float[] base = Trees.forward(tree, x);
        Injection injection = Lora.inject(tree, kind.config().build());
        Trees.disturb(injection.layers().get(0), "default");
        float[] adapted = Trees.forward(tree, x);
        assertThat(adapted).isNotEqualTo(base);
        Lora.saveAdapter(tree, injection, folder);
        Lora.eject(tree);
        assertThat(Trees.forward(tree, x)).isEqualTo(base);
        Injection again = Lora.loadAdapter(tree, "again", folder);
        assertThat(Trees.forward(tree, x)).containsExactly(adapted, within(1e-5f));
        assertThat(again.layers().get(0)).isNotInstanceOf(MergedLinear.class);
        PeftAdapter file = PeftAdapter.read(folder, manager);
        assertThat(file.config().fanInFanOut()).isEqualTo(kind == LayerKind.TRANSPOSED);
        LoraConfig written = file.config().lora();
        int slices = kind == LayerKind.MERGED_LINEAR ? 2 : 1; // of rank 2 and alpha 6 each
        assertThat(written.rank()).isEqualTo(2 * slices);
        assertThat(written.alpha()).isEqualTo(6.0 * slices);
    }

    @Test
    void slicesWithRsLoraKeepTheirScaling(@TempDir Path folder) throws Exception {
        SequentialBlock tree = LayerKind.MERGED_LINEAR.tree(manager);
        NDArray x = LayerKind.MERGED_LINEAR.input(manager);
        LoraConfig config =
                LayerKind.MERGED_LINEAR
                        .config()
                        .optRslora(true)
                        .optTargetModules("01Linear", "05Linear")
                        .build();
        Injection injection = Lora.inject(tree, config);
        injection.layers().forEach(layer -> Trees.disturb(layer, "default"));
        float[] adapted = Trees.forward(tree, x);
        Lora.saveAdapter(tree, injection, folder);
        Lora.eject(tree);
        Lora.loadAdapter(tree, "again", folder);
        assertThat(Trees.forward(tree, x)).containsExactly(adapted, within(1e-5f));
        LoraConfig written = PeftAdapter.read(folder, manager).config().lora();
        assertThat(written.rankFor("01Linear")).isEqualTo(4);
        assertThat(written.alphaFor("01Linear")).isCloseTo(6 * Math.sqrt(2), within(1e-12));
    }

    @ParameterizedTest
    @EnumSource(names = {"CONV1D_LORALIB", "CONV2D_LORALIB"})
    void loralibsConvolutionsAreRefusedByNameAndNothingIsWritten(
            LayerKind kind, @TempDir Path folder) {
        SequentialBlock tree = kind.tree(manager);
        Injection injection = Lora.inject(tree, kind.config().build());
        Path target = folder.resolve("adapter");
        assertThatThrownBy(() -> Lora.saveAdapter(tree, injection, target))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining(kind.target + " has an adapter in loralib's form");
        assertThat(target).doesNotExist();
    }

    private static Path adapter() throws URISyntaxException {
        return Path.of(
                        Objects.requireNonNull(
                                        PeftLayersTest.class.getResource(FOLDER + "manifest.json"))
                                .toURI())
                .resolveSibling("adapter");
    }

    private static InputStream open(String name) throws IOException {
        try {
            return Files.newInputStream(adapter().resolveSibling(name));
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
