/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lora4j.files.Opened;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.StoredTensor;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchfile.TorchFile;

/**
 * The weights of an adapter's directory: adapter_model.safetensors, else adapter_model.bin, as
 * older releases of PEFT wrote it, which is read without executing anything.
 *
 * <p>Tensors have the names that PEFT gives them today, without its prefix: an adapter's name
 * within a tensor's, as in {@code lora_A.default.weight}, is taken off, and a module's copy under
 * {@code modules_to_save} is the module's own where the file has no other.
 *
 * <p>Thread-safe. The file must not be changed while it is open.
 */
public final class PeftWeights implements AutoCloseable {
    private static final String PICKLED_FILE = "adapter_model.bin";
    private static final String COPY = ".modules_to_save.";

    /** A module, an adapter's name or a part of the module, and a tensor inside a part. */
    private static final Pattern COPY_OF_ADAPTER =
            Pattern.compile("(.*)\\.modules_to_save\\.([^.]+)\\.([^.]+\\..+)");

    /** A tensor, and its adapter's name: of matrices, of tables, of magnitudes. */
    private static final Pattern NAMED =
            Pattern.compile(
                    "(?<matrix>.*\\.lora_[AB])\\.(?<m>[^.]+)\\.weight"
                            + "|(?<table>.*\\.lora_embedding_[AB])\\.(?<t>[^.]+)"
                            + "|(?<bias>.*\\.lora_B)\\.(?<b>[^.]+)\\.bias"
                            + "|(?<vector>.*\\.lora_magnitude_vector)"
                            + "\\.(?!weight$)(?<v>[^.]+)(?:\\.weight)?");

    private final Path path;
    private final Closeable file;
    private final Map<String, LazyTensor> tensors = new LinkedHashMap<>();

    private PeftWeights(Path path, Closeable file, Map<String, LazyTensor> stored)
            throws IOException {
        this.path = path;
        this.file = file;
        names(path, stored.keySet())
                .forEach((name, original) -> tensors.put(name, stored.get(original)));
    }

    /**
     * Opens the weights of a directory.
     *
     * @param directory an adapter's directory
     * @return the open file; the caller closes it
     * @throws InvalidAdapterException if two of its tensors have one name
     * @throws IOException if there is no file of weights, or it is not valid
     */
    public static PeftWeights open(Path directory) throws IOException {
        Path file = directory.resolve(PeftAdapter.WEIGHTS_FILE);
        Path pickled = directory.resolve(PICKLED_FILE);
        if (Files.exists(file)) {
            return ofSafeTensors(file);
        }
        if (Files.exists(pickled)) {
            return ofTorch(pickled);
        }
        throw new NoSuchFileException(file.toString(), null, "expected an adapter's weights");
    }

    private static PeftWeights ofSafeTensors(Path path) throws IOException {
        SafeTensorsFile file = SafeTensorsFile.open(path);
        return Opened.orClose(
                file::close, () -> new PeftWeights(path, file::close, LazyTensor.allOf(file)));
    }

    private static PeftWeights ofTorch(Path path) throws IOException {
        TorchFile file = TorchFile.open(path);
        return Opened.orClose(
                file::close,
                () -> {
                    Map<String, LazyTensor> stored = file.stateDicts().get("");
                    if (stored == null) {
                        throw new InvalidAdapterException(
                                path, "expected tensors by their names, found none");
                    }
                    if (!stored.values().stream().allMatch(t -> t.dtype().isFloating())) {
                        throw new InvalidAdapterException(
                                path, "expected tensors of real numbers, found others");
                    }
                    return new PeftWeights(path, file::close, stored);
                });
    }

    /**
     * Returns the file.
     *
     * @return its path
     */
    public Path path() {
        return path;
    }

    /**
     * Returns the tensors' shapes.
     *
     * @return by name, in the order of the file
     */
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
        return shapes;
    }

    /**
     * Reads a tensor; one of real numbers becomes float32, and of float64 stays so.
     *
     * @param manager the manager that will own the array
     * @param name one of the names
     * @return a new array
     * @throws IOException if the file cannot be read
     */
    public NDArray read(NDManager manager, String name) throws IOException {
        LazyTensor tensor = Objects.requireNonNull(tensors.get(name), name);
        if (tensor.dtype() == TensorDtype.F64) {
            return tensor.readAs(manager, TensorDtype.F64);
        }
        return tensor.data() instanceof StoredTensor stored && !tensor.dtype().isFloating()
                ? stored.source().read(manager, stored.name())
                : tensor.readFloat32(manager);
    }

    /** Closes the file; its tensors cannot be read afterwards. */
    @Override
    public void close() throws IOException {
        file.close();
    }

    /** Returns the name in the file of each tensor, by its name here. */
    private static Map<String, String> names(Path path, Set<String> names) throws IOException {
        Set<String> adapters = new TreeSet<>();
        Map<String, String> plain = new LinkedHashMap<>();
        UnaryOperator<String> strip =
                names.contains(AdapterTensorName.PROMPT)
                        ? AdapterTensorName::stripPromptPrefix
                        : AdapterTensorName::stripPrefix;
        for (String name : names) {
            Matcher named = NAMED.matcher(strip.apply(name));
            if (named.matches()) {
                adapters.add(either(named, "m", "t", "b", "v"));
            }
        }
        if (adapters.size() > 1) {
            throw new InvalidAdapterException(
                    path,
                    ("expected the tensors of one adapter, found those of %s; save each in a"
                                    + " directory of its own")
                            .formatted(adapters));
        }
        for (String name : names) {
            put(path, plain, current(strip.apply(name), adapters), name);
        }
        Map<String, String> result = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : plain.entrySet()) {
            String own = entry.getKey().replace(COPY, ".");
            boolean repeats = plain.containsKey(own) || repeatsUnnamed(plain, entry.getKey());
            put(path, result, repeats ? entry.getKey() : own, entry.getValue());
        }
        return result;
    }

    /**
     * Whether a copy that still has its adapter's name repeats another tensor: PEFT leaves the name
     * in the copies of tensors deeper in the module, and takes it off those of the module's own. A
     * name of which the module has other tensors is a part of the module.
     */
    private static boolean repeatsUnnamed(Map<String, String> names, String copy) {
        Matcher named = COPY_OF_ADAPTER.matcher(copy);
        if (!named.matches() || !names.containsKey(named.group(1) + "." + named.group(3))) {
            return false;
        }
        String part = named.group(1) + "." + named.group(2) + ".";
        return names.keySet().stream().noneMatch(name -> name.startsWith(part));
    }

    private static void put(Path path, Map<String, String> names, String plain, String name)
            throws IOException {
        String other = names.put(plain, name);
        if (other != null) {
            throw new InvalidAdapterException(
                    path, "expected '%s' once, found %s and %s".formatted(plain, other, name));
        }
    }

    /** Returns the group that matched. */
    private static String either(Matcher matcher, String... groups) {
        return Arrays.stream(groups)
                .map(matcher::group)
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow();
    }

    /** Takes the adapter's name out of a tensor's. */
    private static String current(String name, Set<String> adapters) {
        Matcher named = NAMED.matcher(name);
        if (named.matches()) {
            if (named.group("bias") != null) {
                return named.group("bias") + ".bias";
            }
            return named.group("matrix") == null
                    ? either(named, "table", "vector")
                    : named.group("matrix") + ".weight";
        }
        String current = name;
        for (String adapter : adapters) {
            current = current.replace(COPY + adapter + ".", COPY);
        }
        return current;
    }
}
