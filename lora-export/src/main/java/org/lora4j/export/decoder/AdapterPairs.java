/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.adapter.AdapterTensorName;
import org.lora4j.adapter.AdapterTensorName.Matrix;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.TrainableTokens;
import org.lora4j.hf.family.ModelFamilies;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.TensorSource;
import org.lora4j.torch.TensorDtype;

/**
 * Reads an adapter that is nothing but pairs A, B, and compares it with the base's config.json. Of
 * the base's weights only those are read of which the adapter has copies.
 */
public final class AdapterPairs {
    private final Path directory;
    private final PeftAdapter adapter;

    private AdapterPairs(Path directory, PeftAdapter adapter) {
        this.directory = directory;
        this.adapter = adapter;
    }

    /**
     * Reads the pairs.
     *
     * @param config the base's configuration
     * @param directory the adapter's directory
     * @param scope the manager that will own the arrays
     * @return the pairs by their names, in the order of the file's
     * @throws AdapterMismatchException naming every tensor that does not fit the base
     * @throws IOException if the adapter is more than pairs, or cannot be read
     */
    public static List<LowRankPair> read(ModelConfig config, Path directory, NDManager scope)
            throws IOException {
        AdapterPairs pairs = new AdapterPairs(directory, PeftAdapter.read(directory, scope));
        pairs.refuse(pairs.strangers());
        pairs.refuse(pairs.trainedCopies(config));
        return pairs.fitting(ParameterInventory.of(config));
    }

    private void refuse(List<String> found) throws IOException {
        if (!found.isEmpty()) {
            throw new IOException(
                    ("%s: a GGUF adapter cannot hold %s; expected nothing but pairs A, B. Merge the"
                                    + " adapter into its base, and write the merged model")
                            .formatted(
                                    directory.resolve(PeftConfigFile.FILE_NAME),
                                    String.join("; ", found)));
        }
    }

    /** What the configuration asks for beside pairs. */
    private List<String> strangers() {
        if (!(adapter.config().method() instanceof LoraConfig lora)) {
            return List.of("peft_type " + adapter.config().method().peftType());
        }
        List<String> found = new ArrayList<>();
        if (lora.dora()) {
            found.add("the magnitudes of DoRA (use_dora)");
        }
        if (lora.bias() != Bias.NONE) {
            found.add("trained biases (bias)");
        }
        if (lora.loraBias()) {
            found.add("biases of B (lora_bias)");
        }
        if (!lora.tokens().equals(TrainableTokens.NONE)) {
            found.add("rows of tokens (trainable_token_indices)");
        }
        if (!lora.targetParameters().isEmpty()) {
            found.add("pairs of parameters by themselves (target_parameters)");
        }
        if (lora.init().isPartOfWeight()) {
            found.add(
                    "pairs that began as a part of the weights (init_lora_weights), unless they are"
                            + " converted to plain ones by saveAdapterAsLora or lora4j convert");
        }
        if (adapter.config().ensuresWeightTying()) {
            found.add("pairs of two modules that are one (ensure_weight_tying)");
        }
        return found;
    }

    /**
     * Returns the tensors that are neither of a pair nor copies of the base's, which PEFT saves of
     * word tables and vocabulary projections.
     */
    private List<String> trainedCopies(ModelConfig config) throws IOException {
        List<String> names =
                adapter.tensors().keySet().stream()
                        .filter(name -> AdapterTensorName.parse(name).isEmpty())
                        .toList();
        if (names.isEmpty()) {
            return names;
        }
        List<String> found = new ArrayList<>();
        try (TensorSource base = TensorSource.open(config.directory())) {
            Map<String, String> files = new LinkedHashMap<>();
            for (String name : base.names()) {
                files.put(ModelFamilies.of(config).names().rename().apply(name), name);
            }
            for (String name : names) {
                String file = files.get(name.replace(".base_layer.", "."));
                if (file == null || !isCopy(base, file, array(name))) {
                    found.add(name + ", which is trained whole (modules_to_save)");
                }
            }
        }
        return found;
    }

    private static boolean isCopy(TensorSource base, String name, NDArray copy) throws IOException {
        if (!base.shape(name).equals(copy.getShape())) {
            return false;
        }
        try (NDArray own = base.read(copy.getManager(), name, TensorDtype.F32)) {
            return own.contentEquals(copy);
        }
    }

    private NDArray array(String name) {
        NDArray found = adapter.tensors().get(name);
        if (found == null) {
            throw new IllegalStateException(name + " was checked and is not in the adapter");
        }
        return found;
    }

    /** The pairs, of which each module that the configuration selects has one. */
    private List<LowRankPair> fitting(ParameterInventory inventory) throws IOException {
        LoraConfig lora = adapter.config().lora();
        Map<String, ModuleShape> modules = new LinkedHashMap<>();
        inventory.modules().forEach(module -> modules.put(module.path(), module));
        Set<String> selected =
                new LinkedHashSet<>(
                        TargetMatcher.of(lora).matchForLoading(inventory.candidates()).adapted());
        AdapterMismatchException.Builder mismatches = AdapterMismatchException.builder();
        List<LowRankPair> pairs = new ArrayList<>();
        for (Map.Entry<String, NDArray> tensor : adapter.tensors().entrySet()) {
            AdapterTensorName name = AdapterTensorName.parse(tensor.getKey()).orElse(null);
            if (name == null) {
                continue; // a copy of the base's
            }
            ModuleShape module = modules.get(name.module());
            Shape found = tensor.getValue().getShape();
            if (module == null || !selected.contains(name.module())) {
                mismatches.addUnexpected(
                        tensor.getKey(),
                        found,
                        "the base model has no such module, or the configuration does not select"
                                + " it");
                continue;
            }
            Shape expected = shape(module, name.matrix(), lora.rankFor(module.path()));
            if (!expected.equals(found)) {
                mismatches.addShape(tensor.getKey(), expected, found);
            }
            if (name.matrix() == Matrix.A || name.matrix() == Matrix.EMBEDDING_A) {
                String partner =
                        new AdapterTensorName(module.path(), name.matrix().partner()).toString();
                pairs.add(
                        new LowRankPair(
                                module.path(),
                                tensor.getValue(),
                                array(partner),
                                lora.scalingFor(module.path())));
            }
        }
        pairs.forEach(pair -> selected.remove(pair.module()));
        for (String path : selected) {
            ModuleShape module = modules.get(path);
            boolean table = module != null && module.kind() == ModuleShape.Kind.EMBEDDING;
            Matrix a = table ? Matrix.EMBEDDING_A : Matrix.A;
            mismatches.addMissing(new AdapterTensorName(path, a).toString(), null);
        }
        mismatches.throwIfAny(directory);
        return pairs;
    }

    private static Shape shape(ModuleShape module, Matrix matrix, int rank) {
        boolean table = module.kind() == ModuleShape.Kind.EMBEDDING;
        boolean isTable = matrix == Matrix.EMBEDDING_A || matrix == Matrix.EMBEDDING_B;
        if (table != isTable || (!table && !module.isLinear())) {
            return new Shape(); // no such matrix has a place there
        }
        return matrix.rankAxis() == 0
                ? new Shape(rank, module.inputs())
                : new Shape(module.outputs(), rank);
    }
}
