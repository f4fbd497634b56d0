/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDList.Encoding;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lora4j.block.AdapterHost;
import org.lora4j.core.Bias;
import org.lora4j.core.ConvForm;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.loralib.LoraStateDictFile;
import org.lora4j.torchfile.TorchFile;

/**
 * Layers of every kind that PEFT has, side by side in one tree, with adapters that go both ways;
 * the program that tools/interop runs beside PEFT.
 */
final class LayerExchange {
    final SequentialBlock tree = new SequentialBlock();
    private final Map<String, NDArray> inputs = new LinkedHashMap<>();
    private final Map<String, LayerGolden.Arrays> arrays = new LinkedHashMap<>();

    LayerExchange(NDManager manager, LayerGolden.Source source) {
        List<LayerGolden> cases = LayerGolden.all(source);
        for (LayerGolden golden : cases) {
            LayerGolden.Arrays read = golden.read(manager);
            Block base = golden.base(read);
            if (!base.getClass().getSimpleName().equals(golden.name())) {
                throw new IllegalStateException(golden + " is a " + base.getClass());
            }
            tree.add(base);
            inputs.put(golden.name(), read.get("x"));
            arrays.put(golden.name(), read);
        }
    }

    /** What each layer gives on its own input. */
    Map<String, NDArray> outputs() {
        Map<String, NDArray> outputs = new LinkedHashMap<>();
        for (BlockTree.Node node : BlockTree.walk(tree)) {
            NDArray x = inputs.get(node.path());
            if (x != null) {
                ParameterStore store = new ParameterStore(x.getManager(), false);
                NDArray y = node.block().forward(store, new NDList(x), false).head();
                outputs.put(node.path(), y);
            }
        }
        return outputs;
    }

    NDArray array(String layer, String name) {
        return Objects.requireNonNull(arrays.get(layer), layer).get(name);
    }

    /** Adds an adapter of our own with a B other than zero. */
    Injection adapt(String name, LoraConfig config) {
        Injection injection = Lora.inject(tree, config, name);
        for (AdapterHost host : injection.hosts()) {
            Trees.disturb(host, name);
        }
        return injection;
    }

    /** loralib's forms of every kind of layer, rank 2 and alpha 7. */
    static LoraConfig loralib() {
        return LoraConfig.builder()
                .setRank(2)
                .setAlpha(7)
                .optTargetModules("Words", "Linear", "TransposedLinear", "Conv1d", "Conv2d")
                .optConvForm(ConvForm.LORALIB)
                .optEnableLora("TransposedLinear", true, false, true)
                .build();
    }

    static NDList readState(Path path, NDManager manager) throws IOException {
        try (TorchFile file = TorchFile.open(path)) {
            NDList state = new NDList();
            for (var entry : file.stateDicts().values().iterator().next().entrySet()) {
                NDArray array = entry.getValue().readFloat32(manager);
                array.setName(entry.getKey());
                state.add(array);
            }
            return state;
        }
    }

    /** As {@link #main}, for loralib: reads FOLDER/theirs.pt and writes FOLDER/ours.pt. */
    private static void loralib(LayerExchange exchange, Path folder, NDManager manager)
            throws IOException {
        Injection injection = Lora.inject(exchange.tree, loralib());
        NDList state = readState(folder.resolve("theirs.pt"), manager);
        LoadReport report = Lora.loadLoraStateDict(exchange.tree, state, Bias.NONE);
        if (!report.isComplete()) {
            throw new IOException(report.toString());
        }
        write(exchange.outputs(), folder.resolve("read.npz"));
        injection.hosts().forEach(host -> Trees.disturb(host, injection.adapter()));
        write(exchange.outputs(), folder.resolve("made.npz"));
        try (NDList ours = Lora.loraStateDict(exchange.tree, Bias.NONE)) {
            LoraStateDictFile.writeTorch(folder.resolve("ours.pt"), ours);
        }
    }

    /**
     * Reads FOLDER/manifest.json, its arrays and the adapter in FOLDER/theirs; writes
     * FOLDER/read.npz with what the layers give with it, FOLDER/ours with an adapter of our own,
     * and FOLDER/made.npz with what they give with that. A second argument "dora" gives it DoRA,
     * and "ia3" makes both of (IA)³.
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        try (NDManager manager = NDManager.newBaseManager()) {
            LayerExchange exchange =
                    new LayerExchange(manager, name -> Files.newInputStream(folder.resolve(name)));
            if (Files.exists(folder.resolve("theirs.pt"))) {
                loralib(exchange, folder, manager);
                return;
            }
            Lora.loadAdapter(exchange.tree, "theirs", folder.resolve("theirs"));
            write(exchange.outputs(), folder.resolve("read.npz"));
            if (List.of(arguments).contains("ia3")) {
                rescaled(exchange, folder);
                return;
            }
            LoraConfig config =
                    LoraConfig.builder()
                            .setRank(4)
                            .setAlpha(6)
                            .optInit(Init.KAIMING_UNIFORM)
                            .optDora(List.of(arguments).contains("dora"))
                            .optTargetModules(exchange.inputs.keySet())
                            .optRankPattern(Map.of("Linear", 3))
                            .build();
            Injection ours = exchange.adapt("ours", config);
            Lora.saveAdapter(exchange.tree, ours, folder.resolve("ours"));
            write(exchange.outputs(), folder.resolve("made.npz"));
        }
    }

    /** Ends {@link #main} with vectors of (IA)³, and writes what merged layers give. */
    private static void rescaled(LayerExchange exchange, Path folder) throws IOException {
        Lora.eject(exchange.tree);
        Ia3Config config =
                Ia3Config.builder()
                        .optTargetModules("Linear", "TransposedLinear", "Conv1d", "Conv2d")
                        .optFeedforwardModules("Linear", "Conv1d")
                        .build();
        Injection ours = Lora.inject(exchange.tree, config, "ours");
        for (AdapterHost host : ours.hosts()) {
            Trees.disturb(host, "ours");
        }
        Lora.saveAdapter(exchange.tree, ours, folder.resolve("ours"));
        write(exchange.outputs(), folder.resolve("made.npz"));
        Lora.mergeAndUnload(exchange.tree);
        write(exchange.outputs(), folder.resolve("merged.npz"));
    }

    private static void write(Map<String, NDArray> arrays, Path file) throws IOException {
        NDList list = new NDList();
        arrays.forEach(
                (name, array) -> {
                    array.setName(name);
                    list.add(array);
                });
        try (OutputStream out = Files.newOutputStream(file)) {
            list.encode(out, Encoding.NPZ);
        }
    }
}
