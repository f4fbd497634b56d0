/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.files.AtomicFiles;
import org.lora4j.json.PythonJson;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An adapter in PEFT's directory: adapter_config.json, adapter_model.safetensors, and lora4j.json
 * for what PEFT has no place for.
 *
 * <p>Tensors are named as in the file, without PEFT's prefix {@value AdapterTensorName#PREFIX}, for
 * example {@code bert.encoder.layer.0.attention.self.query.lora_A.weight} or {@code
 * classifier.weight}. They belong to whoever made them: of an adapter that was read, to the manager
 * given.
 *
 * @param config the configuration
 * @param tensors the tensors by name, in the order of the names
 * @param notes what lora4j.json holds, or null where there is none
 */
public record PeftAdapter(
        PeftConfigFile config, Map<String, NDArray> tensors, @Nullable AdapterNotes notes) {
    /** The name of the weights' file in an adapter's directory. */
    public static final String WEIGHTS_FILE = "adapter_model.safetensors";

    private static final Logger logger = LoggerFactory.getLogger(PeftAdapter.class);

    /**
     * Copies the tensors' map, with the prefix taken off the names.
     *
     * @param config the configuration
     * @param tensors the tensors by name
     * @param notes what lora4j.json holds, or null where there is none
     * @throws IllegalArgumentException if two names differ only by the prefix
     */
    public PeftAdapter {
        Map<String, NDArray> plain = new TreeMap<>(PythonJson.KEY_ORDER);
        for (Map.Entry<String, NDArray> entry : tensors.entrySet()) {
            String name = AdapterTensorName.stripPrefix(entry.getKey());
            if (plain.put(name, entry.getValue()) != null) {
                throw new IllegalArgumentException(
                        "Tensor '" + name + "' is given with and without its prefix");
            }
        }
        tensors = Collections.unmodifiableMap(plain);
    }

    /**
     * Reads an adapter. Floating-point tensors become float32, whatever they are stored as. Keys of
     * the configuration that are set but not known to PEFT are logged.
     *
     * @param directory the directory that holds adapter_config.json
     * @param manager the manager that will own the tensors
     * @return the adapter
     * @throws UnsupportedAdapterException if it asks for features that cannot be honoured
     * @throws AdapterMismatchException if an A lacks its B, or ranks differ from the configuration
     * @throws IOException if a file is missing, not valid, or cannot be read
     */
    public static PeftAdapter read(Path directory, NDManager manager) throws IOException {
        Path configFile = directory.resolve(PeftConfigFile.FILE_NAME);
        if (Files.isRegularFile(directory)) {
            throw new IOException(directory + ": is a file; expected an adapter's directory");
        }
        if (!Files.exists(configFile)) {
            throw new NoSuchFileException(
                    configFile.toString(), null, "expected " + elsewhere(directory));
        }
        PeftConfigFile config = PeftConfigFile.read(configFile);
        Path notesFile = directory.resolve(AdapterNotes.FILE_NAME);
        AdapterNotes notes = Files.exists(notesFile) ? AdapterNotes.read(notesFile) : null;
        warnOfUnknown(config, configFile);
        if (notes == null) {
            warnOfLostDraw(config, configFile);
            warnOfLostGradients(config, configFile);
        }
        try (PeftWeights weights = PeftWeights.open(directory)) {
            return new PeftAdapter(config, readTensors(weights, config, manager), notes);
        }
    }

    private static void warnOfUnknown(PeftConfigFile config, Path file) {
        List<String> unknown = config.unknownKeys();
        if (!unknown.isEmpty()) {
            logger.warn(
                    "{}: {} not known to PEFT {} and so without effect; the adapter may need a"
                            + " later release",
                    file,
                    String.join(", ", unknown) + (unknown.size() == 1 ? " is" : " are"),
                    PeftConfigFile.PEFT_VERSION);
        }
    }

    /** A file of PEFT's does not have the beginning that was taken off the weights. */
    private static void warnOfLostGradients(PeftConfigFile config, Path file) {
        if (config.beginsWithGradients()) {
            logger.warn(
                    "{}: A and B began with gradients (lora_ga), and with a base from which that"
                        + " beginning was taken, which the file does not hold; so on the base as"
                        + " published this adapter differs from the one that was trained, also when"
                        + " PEFT loads it. Where it was trained, save it as plain LoRA"
                        + " (save_pretrained with path_initial_model_for_weight_conversion) or save"
                        + " the base with it",
                    file);
        }
    }

    /** A file of PEFT's does not say what its randomised decomposition was drawn from. */
    private static void warnOfLostDraw(PeftConfigFile config, Path file) {
        if (config.method() instanceof LoraConfig lora && lora.initIterations() > 0) {
            logger.warn(
                    "{}: A and B began with pissa_niter_{}, a decomposition from random numbers"
                            + " that the file does not hold, so this adapter differs from the one"
                            + " that was trained, also when PEFT loads it. Where it was trained,"
                            + " save it as plain LoRA (save_pretrained with"
                            + " path_initial_model_for_weight_conversion), or train with \"pissa\"",
                    file,
                    lora.initIterations());
        }
    }

    /**
     * Writes the adapter into a directory, which is created where it does not exist.
     *
     * <p>All files are written under temporary names first and then renamed: the weights, the
     * notes, and the configuration last, since readers look for the configuration first: until it
     * is there, a new directory is no adapter. Whatever fails, an adapter that was there stays
     * whole.
     *
     * @param directory the directory
     * @throws IllegalArgumentException if there are no tensors, or they do not agree with the
     *     configuration
     * @throws IOException if a file cannot be written
     */
    public void write(Path directory) throws IOException {
        check(directory);
        SafeTensorsWriter weights = new SafeTensorsWriter();
        boolean prompt = config.method() instanceof SoftPromptConfig;
        tensors.forEach(
                (name, array) -> weights.add(AdapterTensorName.inFile(name, prompt), array));
        boolean created = !Files.exists(directory);
        Files.createDirectories(directory);
        Path notesFile = directory.resolve(AdapterNotes.FILE_NAME);
        try (AtomicFiles files = new AtomicFiles()) {
            files.stage(directory.resolve(WEIGHTS_FILE), weights.content());
            if (notes != null) {
                files.stage(notesFile, AtomicFiles.Content.of(notes.toJson()));
            }
            files.stage(
                    directory.resolve(PeftConfigFile.FILE_NAME),
                    AtomicFiles.Content.of(config.toJson()));
            files.commit();
        } catch (IOException | RuntimeException e) {
            if (created) {
                removeIfEmpty(directory);
            }
            throw e;
        }
        if (notes == null) {
            // Another adapter's labels must not be taken for this one's.
            Files.deleteIfExists(notesFile);
        }
    }

    private void check(Path directory) {
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException("No tensors to write to " + directory);
        }
        Map<String, Shape> shapes = new LinkedHashMap<>();
        tensors.forEach((name, array) -> shapes.put(name, array.getShape()));
        List<AdapterMismatchException.Mismatch> mismatches =
                AdapterShapes.check(config.method(), shapes).mismatches();
        if (!mismatches.isEmpty()) {
            throw new IllegalArgumentException(
                    "The tensors do not agree with the configuration: " + mismatches);
        }
    }

    private static Map<String, NDArray> readTensors(
            PeftWeights weights, PeftConfigFile config, NDManager manager) throws IOException {
        AdapterShapes.check(config.method(), weights.shapes()).throwIfAny(weights.path());
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        try {
            for (String name : weights.shapes().keySet()) {
                tensors.put(name, weights.read(manager, name));
            }
        } catch (IOException | RuntimeException e) {
            tensors.values().forEach(NDArray::close);
            throw e;
        }
        return tensors;
    }

    /** PEFT saves an adapter that is not named "default" in a directory of its name. */
    private static String elsewhere(Path directory) throws IOException {
        List<String> found = List.copyOf(PeftDirectories.find(directory).keySet());
        return found.isEmpty()
                ? "an adapter's configuration"
                : "an adapter's configuration; there are adapters in " + found + " below it";
    }

    private static void removeIfEmpty(Path directory) throws IOException {
        try {
            Files.delete(directory);
        } catch (DirectoryNotEmptyException e) {
            logger.debug("{} was filled meanwhile: {}", directory, e.toString());
        }
    }
}
