/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.Torch;

/**
 * What decoders of any configuration compute, with and without an adapter of PEFT; the program that
 * tools/interop runs beside transformers, one process for many models.
 */
final class DecoderExchange {
    private static final String ADAPTER = "default";

    private final Path folder;
    private final SafeTensorsWriter found = new SafeTensorsWriter();
    private final int[][] ids;
    private final long[][] labels;

    @SuppressWarnings("ArrayRecordComponent") // numbers of a file, read only
    private record Batch(int[][] ids, long[][] labels) {}

    private DecoderExchange(Path folder) throws IOException {
        this.folder = folder;
        Batch batch =
                new Gson().fromJson(Files.readString(folder.resolve("batch.json")), Batch.class);
        ids = batch.ids();
        labels = batch.labels();
    }

    /**
     * For each FOLDER reads FOLDER/model, FOLDER/adapter and FOLDER/batch.json; writes
     * FOLDER/ours.safetensors with logits and gradients, FOLDER/saved with the adapter and
     * FOLDER/merged with the merged model, or FOLDER/refused.txt with the reason.
     */
    public static void main(String[] folders) throws IOException {
        for (String name : folders) {
            Path folder = Path.of(name);
            try {
                new DecoderExchange(folder).run();
            } catch (IOException | RuntimeException e) {
                Files.writeString(folder.resolve("refused.txt"), String.valueOf(e.getMessage()));
            }
        }
    }

    private void run() throws IOException {
        try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
            single(scope);
            half(scope);
            found.write(folder.resolve("ours.safetensors"));
        }
    }

    private void single(NDManager scope) throws IOException {
        try (LoraModel model =
                LoraModel.load(
                        folder.resolve("model"),
                        folder.resolve("adapter"),
                        LoadOptions.defaults())) {
            inventory(model);
            model.setActive(AdapterSelection.none());
            logits(scope, model, "base");
            padded(scope, model, "right", false);
            padded(scope, model, "left", true);
            model.setActive(AdapterSelection.of(ADAPTER));
            logits(scope, model, "adapted");
            model.trainAdapter(ADAPTER);
            model.block().dropouts().set(false);
            int[] all = IntStream.range(0, ids.length).toArray();
            List<CausalBatch> batch =
                    List.of(new CausalBatch(DecoderGolden.packed(ids, labels, all)));
            StepGradients gradients = StepGradients.of(model, batch);
            add(scope, "loss", new float[] {(float) gradients.loss()});
            gradients.byPath().forEach((path, g) -> add(scope, "gradient " + path, g));
            model.saveAdapter(ADAPTER, folder.resolve("saved"));
            try (LoraModel plain = model.mergeAndUnload()) {
                plain.save(folder.resolve("merged"));
            }
        }
    }

    /** The gradients on a base in bfloat16, with the low-rank products in float32 as PEFT's are. */
    private void half(NDManager scope) throws IOException {
        LoadOptions narrow = LoadOptions.defaults().withDtype(TensorDtype.BF16);
        Path adapter = folder.resolve("adapter");
        LoraConfig config =
                PeftConfigFile.read(adapter.resolve(PeftConfigFile.FILE_NAME)).lora().toBuilder()
                        .optDeltaDtype(DeltaDtype.FLOAT32)
                        .build();
        try (SafeTensorsFile tensors =
                        SafeTensorsFile.open(adapter.resolve("adapter_model.safetensors"));
                LoraModel model =
                        LoraModel.load(
                                folder.resolve("model"), Task.causalLanguageModel(), narrow)) {
            model.addAdapter(ADAPTER, config);
            model.block().dropouts().set(false);
            for (Map.Entry<String, NDArray> own : Golden.adapter(model, ADAPTER).entrySet()) {
                String name = "base_model.model." + own.getKey();
                if (!tensors.names().contains(name)) {
                    return; // a name that only the loader of adapters knows
                }
                try (NDArray copy = tensors.readFloat32(scope, name)) {
                    Torch.copyInto(own.getValue(), copy);
                }
            }
            int[] all = IntStream.range(0, ids.length).toArray();
            List<CausalBatch> batch =
                    List.of(new CausalBatch(DecoderGolden.packed(ids, labels, all)));
            StepGradients.of(model, batch)
                    .byPath()
                    .forEach((path, g) -> add(scope, "half " + path, g));
        }
    }

    private void add(NDManager scope, String name, float[] values) {
        found.add(name, scope.create(values, new Shape(values.length)));
    }

    private void logits(NDManager scope, LoraModel model, String name) {
        for (int i = 0; i < ids.length; i++) { // alone, for rotary types that depend on the length
            add(
                    scope,
                    name + " " + i,
                    DecoderGolden.logits(model, DecoderGolden.packed(ids, labels, i)));
        }
        int[] all = IntStream.range(0, ids.length).toArray();
        add(
                scope,
                name + " packed",
                DecoderGolden.logits(model, DecoderGolden.packed(ids, labels, all)));
    }

    private void padded(NDManager scope, LoraModel model, String name, boolean left) {
        add(scope, name, DecoderGolden.padded(model, ids, left));
    }

    /** What is said of a configuration without weights must be what is there with them. */
    private void inventory(LoraModel model) throws IOException {
        Map<String, Long> said = new LinkedHashMap<>();
        for (ModuleShape module : ParameterInventory.of(model.config()).modules()) {
            if (module.parameters() > 0) {
                said.put(module.path(), module.parameters());
            }
        }
        Map<String, Long> there = new LinkedHashMap<>();
        for (Map.Entry<String, Parameter> entry : ModelTensors.plain(model.block()).entrySet()) {
            String path = entry.getKey().substring(0, entry.getKey().lastIndexOf('.'));
            NDArray array = entry.getValue().getArray();
            there.merge(path, array.getShape().size(), Long::sum);
        }
        if (!said.equals(there)) {
            throw new IllegalStateException(
                    "the inventory says "
                            + said
                            + " and the model has "
                            + there
                            + " in "
                            + Arrays.asList(folder));
        }
    }
}
