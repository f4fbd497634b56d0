/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.ModulePath;
import org.lora4j.core.NearNames;
import org.lora4j.torch.Finite;
import org.lora4j.torch.engine.TorchEngine;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchfile.WeightFiles;

/**
 * Converts a checkpoint of loralib into a PEFT directory with the same deltas.
 *
 * <p>Linear and Embedding keep A and B under PEFT's names. MergedLinear becomes a plain adapter of
 * the fused layer: A as it is, B (out, r·g) with one block for each enabled slice, rank r·g, alpha
 * times g. Convolutions in loralib's form have no equal in PEFT and are refused. Ranks that differ
 * become a rank_pattern. All tensors become float32.
 *
 * <p>Stateless; safe for use by any number of threads.
 */
public final class LoralibConverter {
    private static final int NEAR_NAMES = 3;

    /** Widening to float32, tied weights and compression together stay below this. */
    private static final int MOST_GROWTH = 16;

    private static final int FREE_BYTES = 1 << 20;

    private final ConversionRequest request;
    private final LoralibCheckpoint checkpoint;
    private final Map<String, LazyTensor> base;
    private final NameMapping mapping;
    private final UndecidedCheckpointException.Collector questions =
            new UndecidedCheckpointException.Collector();

    /** Prepares one conversion; the base's tensors are empty where it is not known. */
    private LoralibConverter(
            ConversionRequest request, LoralibCheckpoint checkpoint, Map<String, LazyTensor> base)
            throws AdapterMismatchException {
        this.request = request;
        this.checkpoint = checkpoint;
        this.base = base;
        this.mapping = request.model() == null ? NameMapping.NONE : map();
    }

    /**
     * Converts one checkpoint. The directory appears with all its files or not at all.
     *
     * @param request what to convert
     * @return what was written
     * @throws UndecidedCheckpointException if the file does not tell what must be known, or holds a
     *     layer that PEFT cannot, with everything to settle
     * @throws AdapterMismatchException if modules are not in the base model, or an A lacks its B,
     *     with all of them
     * @throws org.lora4j.torchfile.InvalidTorchFileException if the file cannot be read safely
     * @throws IOException if a file is missing, or cannot be read or written
     */
    public static ConversionResult convert(ConversionRequest request) throws IOException {
        Path model = request.model();
        try (LoralibCheckpoint checkpoint = LoralibCheckpoint.open(request.checkpoint());
                WeightFiles base = model == null ? null : WeightFiles.open(model)) {
            Map<String, LazyTensor> tensors = base == null ? Map.of() : base.tensors();
            return new LoralibConverter(request, checkpoint, tensors).convert(base);
        }
    }

    private ConversionResult convert(@Nullable WeightFiles files) throws IOException {
        List<ConvertedModule> modules = classify();
        Set<String> adapted = new LinkedHashSet<>();
        checkpoint.pairs().keySet().forEach(path -> adapted.add(mapping.apply(path)));
        TrainedTensors trained = new TrainedTensors(request, questions, mapping, files, adapted);
        trained.sort(checkpoint);
        questions.throwIfAny(checkpoint.path());

        Set<String> known = files == null ? null : new LinkedHashSet<>();
        if (known != null) {
            baseModules().forEach(path -> known.add(mapping.headless() + path));
        }
        LoraConfigBuilder builder =
                LoraConfig.builder()
                        .optInit(Init.KAIMING_UNIFORM)
                        .optBias(trained.bias())
                        .optModulesToSave(trained.savedModules());
        LoraConfig config = PeftNames.configure(builder, modules, known, trained.savedModules());
        long parameters = write(modules, trained, config);
        return new ConversionResult(
                request.output(),
                modules.stream().map(ConvertedModule::result).toList(),
                List.copyOf(trained.savedModules()),
                trained.bias(),
                parameters,
                trained.dropped(),
                warnings(trained));
    }

    private NameMapping map() throws AdapterMismatchException {
        Set<String> known = baseModules();
        NameMapping found = NameMapping.find(checkpoint.pairs().keySet(), known).orElse(null);
        if (found == null) {
            refuse(known);
            throw new IllegalStateException("without a mapping some module is not known");
        }
        return found;
    }

    /** The paths of all modules of the base model that hold a weight. */
    private Set<String> baseModules() {
        return base.keySet().stream()
                .filter(name -> name.endsWith(".weight"))
                .map(ModulePath::parent)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private List<ConvertedModule> classify() throws AdapterMismatchException {
        AdapterMismatchException.Builder mismatches = AdapterMismatchException.builder();
        List<ConvertedModule> modules = new ArrayList<>();
        for (LoraPair pair : checkpoint.pairs().values()) {
            String path = mapping.apply(pair.path());
            String stored = mapping.stored(path);
            LazyTensor original = base.get(stored + ".weight");
            Shape weight = original == null ? pair.weightShape() : original.shape();
            if (pair.weightShape() != null && !pair.weightShape().equals(weight)) {
                mismatches.add(pair.path() + ".weight", "" + weight, "" + pair.weightShape());
            }
            boolean bias =
                    checkpoint.tensors().containsKey(pair.path() + ".bias")
                            || base.containsKey(stored + ".bias");
            LayerClassifier.Layer layer =
                    new LayerClassifier(request, questions, path, pair, weight, bias).classify();
            if (layer != null) {
                modules.add(new ConvertedModule(path, pair, layer, request.alpha()));
            }
        }
        mismatches.throwIfAny(checkpoint.path());
        return modules;
    }

    private long write(List<ConvertedModule> modules, TrainedTensors trained, LoraConfig config)
            throws IOException {
        requireBounded(modules, trained);
        String name = request.baseModelName();
        if (name == null && request.model() != null) {
            name = request.model().toString();
        }
        PeftConfigFile file =
                PeftConfigFile.of(config)
                        .withBaseModel(name, null)
                        .withFanInFanOut(request.fanInFanOut())
                        .withTaskType(request.taskType());
        try (NDManager manager = TorchEngine.get().newBaseManager(Device.cpu())) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            Set<String> adapted = new LinkedHashSet<>();
            for (ConvertedModule module : modules) {
                module.read(manager, tensors);
                adapted.add(module.path() + ".bias");
            }
            for (Map.Entry<String, LazyTensor> bias : trained.biases().entrySet()) {
                String path = bias.getKey();
                // PEFT's wrapper holds the adapted layer as base_layer.
                String inPeft =
                        adapted.contains(path)
                                ? path.substring(0, path.length() - "bias".length())
                                        + "base_layer.bias"
                                : path;
                tensors.put(inPeft, bias.getValue().readFloat32(manager));
            }
            for (Map.Entry<String, LazyTensor> saved : trained.saved().entrySet()) {
                tensors.put(saved.getKey(), saved.getValue().readFloat32(manager));
            }
            for (Map.Entry<String, NDArray> tensor : tensors.entrySet()) {
                if (!Finite.all(tensor.getValue())) {
                    throw new IOException(
                            "%s: %s has NaN or infinite values; nothing was written"
                                    .formatted(request.checkpoint(), tensor.getKey()));
                }
            }
            new PeftAdapter(file, tensors, null).write(request.output());
            return tensors.values().stream().mapToLong(NDArray::size).sum();
        }
    }

    /** Any number of tensors may lie on one storage: a small file must not become a vast one. */
    private void requireBounded(List<ConvertedModule> modules, TrainedTensors trained)
            throws IOException {
        List<LazyTensor> tensors = new ArrayList<>(trained.biases().values());
        tensors.addAll(trained.saved().values());
        modules.forEach(module -> tensors.addAll(List.of(module.pair().a(), module.pair().b())));
        double bytes = 0;
        for (LazyTensor tensor : tensors) {
            bytes += (double) tensor.shape().size() * Float.BYTES;
        }
        long size = Files.size(request.checkpoint());
        if (bytes > (double) MOST_GROWTH * size + FREE_BYTES) {
            throw new IOException(
                    ("%s: its %d tensors to write take %.0f bytes, and the file has %d: they share"
                                    + " their storage; save each tensor.clone()")
                            .formatted(request.checkpoint(), tensors.size(), bytes, size));
        }
    }

    private List<String> warnings(TrainedTensors trained) {
        List<String> warnings = new ArrayList<>(trained.warnings());
        if (!mapping.strip().isEmpty() || !mapping.add().isEmpty()) {
            warnings.add(
                    "the checkpoint's names were mapped onto the base model's: '%s...' to '%s...'"
                            .formatted(mapping.strip(), mapping.add()));
        }
        boolean parallel =
                checkpoint.pairs().keySet().stream().allMatch(p -> p.startsWith("module."));
        if (request.model() == null && parallel) {
            warnings.add(
                    "every name begins with 'module.', as DistributedDataParallel makes them, and"
                            + " was kept; give --model DIR to map them onto the base model's");
        }
        return warnings;
    }

    /** Without a mapping at least one module is not known by the name it has. */
    private void refuse(Set<String> known) throws AdapterMismatchException {
        AdapterMismatchException.Builder mismatches = AdapterMismatchException.builder();
        for (LoraPair pair : checkpoint.pairs().values()) {
            if (!known.contains(pair.path())) {
                List<String> near = NearNames.closest(pair.path(), known, NEAR_NAMES);
                mismatches.addUnexpected(
                        pair.path() + ".lora_A",
                        pair.a().shape(),
                        "the base model has no such module"
                                + (near.isEmpty() ? "" : "; it has " + String.join(", ", near)));
            }
        }
        mismatches.throwIfAny(checkpoint.path());
    }
}
