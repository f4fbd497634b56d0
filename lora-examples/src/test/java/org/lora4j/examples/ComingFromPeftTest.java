/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Bias;
import org.lora4j.core.Combination;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.testkit.TinyBert;

/** The code of the page for people who come from PEFT. */
final class ComingFromPeftTest {
    @TempDir Path folder;

    private LoraConfig config(Bias bias) {
        // snippet: peft-config
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(8)
                        .setAlpha(16)
                        .optTargetModules("query", "value")
                        .optExcludeModules("layer.0.attention.self.query")
                        .optLayersToTransform(0, 1)
                        .optLayersPattern("layer")
                        .optDropout(0.1)
                        .optBias(bias)
                        .optRslora(true)
                        .optInit(Init.KAIMING_UNIFORM)
                        .optModulesToSave("classifier")
                        .optRankPattern(Map.of("layer.1.attention.self.value", 4))
                        .optAlphaPattern(Map.of("layer.1.attention.self.value", 6.0))
                        .optDeltaDtype(DeltaDtype.FLOAT32)
                        .optSeed(7)
                        .build();
        // end
        return config;
    }

    @Test
    void aModelTakesSavesAndLosesAdapters() throws IOException {
        Path checkpoint = TinyBert.write(folder.resolve("model"));
        Path directory = folder.resolve("adapters");
        LoraConfig config = config(Bias.LORA_ONLY);
        // snippet: peft-get-model
        LoraModel model =
                LoraModel.load(checkpoint, Task.sequenceClassification("negative", "positive"));
        Injection injection = model.addAdapter("default", config);
        System.out.println(model.trainableParameters());
        System.out.println(injection.table());
        // end
        assertThat(injection.layers()).hasSize(3);
        model.addAdapter("other", LoraConfig.builder().setRank(4).setAlpha(8).build());
        // snippet: peft-set-adapter
        model.setActive(AdapterSelection.of("other")); // frozen, for all threads
        model.trainAdapter("default"); // active, and the only thing that trains
        try (var scope = model.use(AdapterSelection.of("other"))) { // for this thread
            assertThat(model.adapterNames()).contains("other");
        }
        try (var scope = model.use(AdapterSelection.none())) { // the base
            assertThat(model.adapterNames()).contains("default");
        }
        // end
        // snippet: peft-save
        model.saveAdapter("default", folder.resolve("adapter")); // exactly there
        model.saveAdapters(directory); // others in directories of their names
        // end
        assertThat(directory.resolve("other/adapter_config.json")).exists();
        assertThat(directory.resolve("adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("adapter/adapter_model.safetensors"));
        // snippet: peft-merge
        model.mergeAdapter();
        model.unmergeAdapter();
        // end
        // snippet: peft-delete
        model.deleteAdapter("other");
        model.unload(); // all of them
        // end
        assertThat(model.adapterNames()).isEmpty();
        // snippet: peft-load
        model.loadAdapter("default", folder.resolve("adapter"));
        model.loadAdapter("other", directory.resolve("other"));
        // end
        assertThat(model.adapterNames()).containsExactlyInAnyOrder("default", "other");
        // snippet: peft-merge-and-unload
        try (LoraModel merged = model.mergeAndUnload()) { // consumes model
            merged.save(folder.resolve("merged"));
        }
        // end
        assertThat(folder.resolve("merged/model.safetensors")).exists();
        // snippet: peft-from-pretrained
        try (LoraModel served =
                LoraModel.load(checkpoint, folder.resolve("adapter"), LoadOptions.defaults())) {
            TrainableParameters frozen = served.trainableParameters();
            assertThat(frozen.trainable()).isZero();
        }
        try (LoraModel several =
                LoraModel.load(checkpoint, Task.sequenceClassification("negative", "positive"))) {
            List<String> names = several.loadAdapters(directory);
            assertThat(names).containsExactly("default", "other");
        }
        // end
    }

    @Test
    void adaptersAreCombined() throws IOException {
        Path checkpoint = TinyBert.write(folder.resolve("model"));
        LoraConfig config = LoraConfig.builder().setRank(4).setAlpha(8).build();
        try (LoraModel model =
                LoraModel.load(checkpoint, Task.sequenceClassification("negative", "positive"))) {
            model.addAdapter("one", config);
            // snippet: peft-weighted
            AdapterSelection parts = new AdapterSelection(Map.of("one", 0.7));
            model.addWeightedAdapter("sum", parts, Combination.cat());
            // end
            assertThat(model.adapterNames()).containsExactlyInAnyOrder("one", "sum");
            model.saveAdapter("sum", folder.resolve("sum"));
        }
        // snippet: peft-state-dict
        try (NDManager manager = NDManager.newBaseManager()) {
            PeftAdapter adapter = PeftAdapter.read(folder.resolve("sum"), manager);
            PeftConfigFile file = adapter.config(); // what LoraConfig has no field for is kept
            Map<String, NDArray> tensors = adapter.tensors(); // by PEFT's names
            new PeftAdapter(file, tensors, adapter.notes()).write(folder.resolve("copy"));
        }
        // end
        assertThat(folder.resolve("copy/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("sum/adapter_model.safetensors"));
    }
}
