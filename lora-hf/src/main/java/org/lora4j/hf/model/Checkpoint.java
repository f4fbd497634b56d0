/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.passthrough.PassthroughNDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.weight.DenseLinear;
import org.lora4j.block.weight.LoadedLinear;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.hf.nn.EmbeddingBlock;
import org.lora4j.hf.nn.LayerNormBlock;
import org.lora4j.hf.nn.RmsNormBlock;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;

/**
 * The tensors of a checkpoint, asked for by module path; what is missing or has another shape is
 * gathered and reported at once.
 *
 * <p>Not thread-safe.
 */
public final class Checkpoint implements AutoCloseable {
    /** After so many problems the rest is not looked for: a configuration may name any number. */
    private static final int MOST_PROBLEMS = 100;

    /** Describes more than any model has; a number from a file must not fill the memory. */
    private static final int MOST_SHAPES = 250_000;

    private final Path source;
    private final TensorSource tensors;
    private final boolean shapesOnly;
    private final NDManager manager;
    private final TensorDtype dtype;
    private final InitialWeights initial;
    private final PackedLayers packed;
    private final Map<String, String> names = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final Set<String> drawn = new LinkedHashSet<>();
    private final Set<String> used = new LinkedHashSet<>();

    /**
     * Begins to read a checkpoint.
     *
     * @param directory where it lies, for messages
     * @param tensors its tensors; this object closes them
     * @param manager who will own the arrays
     * @param dtype the precision in which tensors are read
     * @param rename gives a tensor's name in the model for its name in the file
     * @param initializerRange the standard deviation of weights that are new
     * @param seed the seed of weights that are new
     * @throws IOException if two tensors have one name
     */
    public Checkpoint(
            Path directory,
            TensorSource tensors,
            NDManager manager,
            TensorDtype dtype,
            UnaryOperator<String> rename,
            double initializerRange,
            long seed)
            throws IOException {
        this(directory, tensors, manager, dtype, rename, initializerRange, seed, null);
    }

    /**
     * Begins to read a checkpoint whose linear layers are packed as they are read.
     *
     * @param directory where it lies, for messages
     * @param tensors its tensors; this object closes them
     * @param manager who will own the arrays
     * @param dtype the precision in which tensors are read
     * @param rename gives a tensor's name in the model for its name in the file
     * @param initializerRange the standard deviation of weights that are new
     * @param seed the seed of weights that are new
     * @param quantization how linear layers are packed, or null to leave them in the precision
     * @throws IOException if two tensors have one name
     */
    public Checkpoint(
            Path directory,
            TensorSource tensors,
            NDManager manager,
            TensorDtype dtype,
            UnaryOperator<String> rename,
            double initializerRange,
            long seed,
            @Nullable Quantization quantization)
            throws IOException {
        this(
                directory,
                tensors,
                manager,
                dtype,
                rename,
                new InitialWeights(seed, initializerRange),
                quantization,
                false);
    }

    private Checkpoint(
            Path directory,
            TensorSource tensors,
            NDManager manager,
            TensorDtype dtype,
            UnaryOperator<String> rename,
            InitialWeights initial,
            @Nullable Quantization quantization,
            boolean shapesOnly)
            throws IOException {
        this.source = directory;
        this.manager = manager;
        this.dtype = dtype;
        this.tensors = tensors;
        this.initial = initial;
        this.shapesOnly = shapesOnly;
        for (String name : tensors.names()) {
            String other = names.put(rename.apply(name), name);
            if (other != null) {
                tensors.close();
                throw new IOException(
                        "%s: %s and %s are both %s; expected one tensor of that name"
                                .formatted(directory, other, name, rename.apply(name)));
            }
        }
        this.packed = new PackedLayers(directory, tensors, names, manager, quantization);
    }

    /**
     * Returns a checkpoint that answers every name with an array of the shape asked for, without
     * elements. A family builds a model on it that can be looked through, not run, without engine.
     */
    public static Checkpoint ofShapes() throws IOException {
        return ofShapes(Set.of());
    }

    /**
     * Returns a checkpoint as {@link #ofShapes()} that tells which layers would be drawn.
     *
     * @param tensors the tensors that are there, by their names in the model; none where all are
     */
    public static Checkpoint ofShapes(Set<String> tensors) throws IOException {
        Checkpoint shapes =
                new Checkpoint(
                        Path.of(ModelConfig.FILE),
                        new TensorSource.Arrays(Map.of()),
                        PassthroughNDManager.INSTANCE,
                        TensorDtype.F32,
                        name -> name,
                        new InitialWeights(0, 0),
                        null,
                        true);
        tensors.forEach(name -> shapes.names.put(name, name));
        return shapes;
    }

    /**
     * Returns a checkpoint whose tensors are looked up, and compared with the shapes that are asked
     * for, but not read: the arrays have shapes and no elements. A tied vocabulary projection is
     * the word table.
     *
     * @param directory where it lies, for messages
     * @param tensors its tensors; this object closes them
     * @param rename gives a tensor's name in the model for its name in the file
     * @throws IOException if two tensors have one name
     */
    public static Checkpoint withoutElements(
            Path directory, TensorSource tensors, UnaryOperator<String> rename) throws IOException {
        return new Checkpoint(
                directory,
                tensors,
                PassthroughNDManager.INSTANCE,
                TensorDtype.F32,
                rename,
                new InitialWeights(0, 0),
                null,
                true);
    }

    /** Returns the names in the file of the tensors that were asked for, by path. */
    public Map<String, String> usedNames() {
        Map<String, String> found = new LinkedHashMap<>();
        used.forEach(path -> found.put(path, require(path)));
        return found;
    }

    /**
     * Returns the precision that all of a checkpoint's weights have, so that it can be kept.
     *
     * @param directory a model directory
     * @return F16 or BF16 where every tensor of real numbers has it, else F32
     * @throws IOException if there is no valid checkpoint
     */
    public static TensorDtype dtypeOf(Path directory) throws IOException {
        try (TensorSource tensors = TensorSource.open(directory)) {
            Set<TensorDtype> found = EnumSet.noneOf(TensorDtype.class);
            for (String name : tensors.names()) {
                TensorDtype each = tensors.dtype(name);
                if (each.isFloating() && !BitsAndBytes.isPart(name)) {
                    found.add(each);
                }
            }
            boolean half =
                    found.equals(EnumSet.of(TensorDtype.BF16))
                            || found.equals(EnumSet.of(TensorDtype.F16));
            return half ? found.iterator().next() : TensorDtype.F32;
        }
    }

    /**
     * Returns whether the checkpoint has a tensor.
     *
     * @param path its name in the model
     */
    public boolean has(String path) {
        return names.containsKey(path);
    }

    /**
     * Treats a layer as one that the checkpoint does not have.
     *
     * @param path the layer
     */
    public void leaveOut(String path) {
        names.remove(path + ".weight");
        names.remove(path + ".bias");
    }

    /**
     * Returns the number of a matrix's rows.
     *
     * @param path its name in the model; it must be there
     * @throws IOException if it is not a matrix, or an empty one
     */
    public int rows(String path) throws IOException {
        Shape shape = tensors.shape(require(path));
        if (shape.dimension() != 2 || shape.size() == 0) {
            throw new IOException(
                    source + ": " + path + " is " + shape + ", expected [outputs, inputs]");
        }
        return Math.toIntExact(shape.get(0)); // each row has bytes in the file
    }

    /**
     * Reads a tensor in the precision of the model.
     *
     * @param path its name in the model
     * @param shape the shape that the configuration demands
     * @return the array; zeros where there is a problem, which {@link #finish} reports
     */
    public NDArray read(String path, long... shape) throws IOException {
        Shape expected = new Shape(shape);
        if (shapesOnly && !tensors.isFile(path)) {
            used.add(path);
            if (used.size() > MOST_SHAPES) {
                throw new IOException(
                        "%s: describes more than %d tensors".formatted(source, MOST_SHAPES));
            }
            return new ShapeOnlyArray(expected);
        }
        String name = names.get(path);
        if (name == null) {
            problem(path + " is missing, expected " + expected);
        } else if (!tensors.shape(name).equals(expected)) {
            problem(name + " is " + tensors.shape(name) + ", expected " + expected);
        } else {
            used.add(path);
            return shapesOnly ? new ShapeOnlyArray(expected) : tensors.read(manager, name, dtype);
        }
        return shapesOnly ? new ShapeOnlyArray(expected) : manager.zeros(new Shape(1));
    }

    /**
     * Reads a linear layer, {@code path.weight} and {@code path.bias}.
     *
     * @param path the layer
     * @param in its inputs
     * @param out its outputs
     */
    public DenseLinear linear(String path, int in, int out) throws IOException {
        return linear(path, in, out, true);
    }

    /**
     * Reads a linear layer, with or without a bias.
     *
     * @param path the layer
     * @param in its inputs
     * @param out its outputs
     * @param bias whether it has one
     */
    public DenseLinear linear(String path, int in, int out, boolean bias) throws IOException {
        NDArray weight = matrix(path, in, out);
        if (packs(path, weight, out, in)) {
            weight = packed.pack(path, weight);
        }
        return build(weight, bias ? read(path + ".bias", out) : null, in, out);
    }

    /** Reads the weight [out, in] of a linear layer, which is packed if it is so in the file. */
    private NDArray matrix(String path, int in, int out) throws IOException {
        PackedWeight found = found(path, in, out);
        return found == null ? read(path + ".weight", out, in) : found;
    }

    private @Nullable PackedWeight found(String path, int in, int out) throws IOException {
        String name = names.get(path + ".weight");
        if (shapesOnly || name == null || !problems.isEmpty()) {
            return null;
        }
        PackedWeight found = packed.find(path, name, out, in);
        if (found != null) {
            used.add(path + ".weight");
        }
        return found;
    }

    /** Whether a weight that was read is to be packed. */
    private boolean packs(String layer, NDArray weight, long... shape) {
        return !shapesOnly
                && !(weight instanceof PackedWeight)
                && weight.getShape().equals(new Shape(shape))
                && packed.packs(layer);
    }

    /**
     * Reads a linear layer with a bias whose weight is stored [in, out]. As transformers does, one
     * that is packed is turned round first.
     *
     * @param path the layer
     * @param in its inputs
     * @param out its outputs
     * @return a {@link TransposedLinear}, or a {@link DenseLinear} on a packed weight
     */
    public LoadedLinear transposed(String path, int in, int out) throws IOException {
        PackedWeight found = found(path, in, out);
        NDArray bias = read(path + ".bias", out);
        if (found != null) {
            return build(found, bias, in, out);
        }
        NDArray weight = read(path + ".weight", in, out);
        if (packs(path, weight, in, out)) {
            try (weight;
                    NDArray turned = weight.transpose()) {
                return build(packed.pack(path, turned), bias, in, out);
            }
        }
        return isSound(weight, new Shape(in, out), bias, out)
                ? new TransposedLinear(weight, bias, new TorchKernels())
                : new TransposedLinear(nothing(1, 1), nothing(1), new TorchKernels());
    }

    /**
     * Reads a linear layer, which is not packed, or, where the checkpoint has none, draws its
     * weight from N(0, initializer_range²) with a zero bias, as transformers does.
     *
     * @param path the layer
     * @param in its inputs
     * @param out its outputs
     */
    public DenseLinear linearOrNew(String path, int in, int out) throws IOException {
        return linearOrNew(path, in, out, true);
    }

    /**
     * Reads or draws a linear layer, with or without a bias.
     *
     * @param path the layer
     * @param in its inputs
     * @param out its outputs
     * @param bias whether it has one
     */
    public DenseLinear linearOrNew(String path, int in, int out, boolean bias) throws IOException {
        boolean there = isThere(path);
        if (shapesOnly || there) {
            NDArray found = bias ? read(path + ".bias", out) : null;
            return build(matrix(path, in, out), found, in, out);
        }
        if (!problems.isEmpty()) { // the sizes are not to be trusted, and no model comes of it
            return build(manager.zeros(new Shape(1)), null, in, out);
        }
        float[] values = initial.draw(path, Math.multiplyExact(in, out));
        NDArray weight = inPrecision(manager.create(values, new Shape(out, in)));
        NDArray zeros = bias ? inPrecision(manager.zeros(new Shape(out), DataType.FLOAT32)) : null;
        return build(weight, zeros, in, out);
    }

    /** Returns whether a layer need not be drawn, and notes one that must. */
    private boolean isThere(String path) {
        boolean there = has(path + ".weight") || (shapesOnly && names.isEmpty());
        if (!there) {
            drawn.add(path);
        }
        return there;
    }

    private NDArray inPrecision(NDArray single) {
        return switch (dtype) {
            case BF16 -> replacing(single, Torch.toBfloat16(single));
            case F16 -> replacing(single, Torch.toFloat16(single));
            default -> single;
        };
    }

    private static NDArray replacing(NDArray old, NDArray made) {
        old.close();
        return made;
    }

    private void problem(String text) throws IOException {
        problems.add(text);
        if (problems.size() >= MOST_PROBLEMS) {
            finish();
        }
    }

    /** Keeps going after a problem, so that all problems are found. */
    private DenseLinear build(NDArray weight, @Nullable NDArray bias, int in, int out) {
        return isSound(weight, new Shape(out, in), bias, out)
                ? new DenseLinear(weight, bias, new TorchKernels())
                : new DenseLinear(nothing(1, 1), nothing(1), new TorchKernels());
    }

    private static boolean isSound(
            NDArray weight, Shape expected, @Nullable NDArray bias, int out) {
        return weight.getShape().equals(expected)
                && (bias == null || bias.getShape().equals(new Shape(out)));
    }

    private NDArray nothing(long... shape) {
        return manager.zeros(new Shape(shape));
    }

    /**
     * Reads a layer normalisation.
     *
     * @param path the layer
     * @param size the size of the last dimension
     * @param eps added to the variance
     */
    public LayerNormBlock layerNorm(String path, int size, double eps) throws IOException {
        return layerNorm(path, size, eps, true);
    }

    /**
     * Reads a layer normalisation, with or without a bias.
     *
     * @param path the layer
     * @param size the size of the last dimension
     * @param eps added to the variance
     * @param bias whether it has one
     */
    public LayerNormBlock layerNorm(String path, int size, double eps, boolean bias)
            throws IOException {
        NDArray weight = read(path + ".weight", size);
        return new LayerNormBlock(weight, bias ? read(path + ".bias", size) : null, eps);
    }

    /**
     * Reads a layer normalisation or, where the checkpoint has none, makes one of ones and zeros,
     * as transformers does.
     *
     * @param path the layer
     * @param size the size of the last dimension
     * @param eps added to the variance
     * @param bias whether it has one
     */
    public LayerNormBlock layerNormOrNew(String path, int size, double eps, boolean bias)
            throws IOException {
        boolean there = isThere(path);
        if (shapesOnly || there) {
            return layerNorm(path, size, eps, bias);
        }
        Shape shape = new Shape(problems.isEmpty() ? size : 1);
        NDArray zeros = bias ? inPrecision(manager.zeros(shape, DataType.FLOAT32)) : null;
        return new LayerNormBlock(inPrecision(manager.ones(shape, DataType.FLOAT32)), zeros, eps);
    }

    /**
     * Reads a root mean square normalisation.
     *
     * @param path the layer
     * @param size the size of the last dimension
     * @param eps added to the mean square
     */
    public RmsNormBlock rmsNorm(String path, int size, double eps) throws IOException {
        return new RmsNormBlock(read(path + ".weight", size), eps);
    }

    /**
     * Reads an embedding table.
     *
     * @param path the layer
     * @param entries its rows
     * @param size its columns
     */
    public EmbeddingBlock embedding(String path, int entries, int size) throws IOException {
        return new EmbeddingBlock(read(path + ".weight", entries, size));
    }

    /**
     * Reads a vocabulary projection without a bias. A tied one is the word table, one array in two
     * modules, unless the file has another array for it: then, as in transformers, it is not tied.
     *
     * @param path the layer
     * @param words the word table [entries, size]
     * @param entries its rows
     * @param size its columns
     * @param tied whether the configuration says that it is the word table
     */
    public DenseLinear head(String path, EmbeddingBlock words, int entries, int size, boolean tied)
            throws IOException {
        NDArray table = words.table();
        if (tied && shapesOnly && has(path + ".weight")) {
            used.add(path + ".weight"); // whether it is the table, who reads it finds out
        }
        boolean own = !shapesOnly && has(path + ".weight");
        if (!tied || (own && !isTable(path + ".weight", table, entries, size))) {
            return build(matrix(path, size, entries), null, size, entries);
        }
        NDArray weight = table.getShape().dimension() == 2 ? table : manager.zeros(new Shape(1, 1));
        return new DenseLinear(weight, null, new TorchKernels());
    }

    private boolean isTable(String path, NDArray table, int entries, int size) throws IOException {
        NDArray found = read(path, entries, size);
        if (found == table || !found.getShape().equals(table.getShape())) {
            return true; // where the shape is wrong, that was noted
        }
        try (NDArray one = Torch.toFloat32(found);
                NDArray other = Torch.toFloat32(table)) {
            return one.contentEquals(other);
        } finally {
            if (tensors.isFile(require(path))) {
                found.close();
            }
        }
    }

    /** Returns the layers that the checkpoint does not have, which were drawn. */
    public Set<String> drawn() {
        return Set.copyOf(drawn);
    }

    /**
     * Ends the reading.
     *
     * @throws IOException if tensors were missing or had other shapes; all of them are named
     */
    public void finish() throws IOException {
        if (!problems.isEmpty()) {
            int shown = Math.min(problems.size(), 10);
            throw new IOException(
                    "%s: the checkpoint does not fit its config.json; %s%s tensors differ: %s%s"
                            .formatted(
                                    source,
                                    problems.size(),
                                    problems.size() < MOST_PROBLEMS ? "" : " or more",
                                    String.join("; ", problems.subList(0, shown)),
                                    shown < problems.size() ? "; ..." : ""));
        }
        Set<String> there = new LinkedHashSet<>(used);
        drawn.forEach(path -> there.add(path + ".weight"));
        packed.requireMatched(there);
        Set<String> all = new LinkedHashSet<>(names.keySet());
        all.removeIf(packed::describes);
        UnusedTensors.tell(source, all, used);
    }

    private String require(String path) {
        String name = names.get(path);
        if (name == null) {
            throw new IllegalArgumentException(source + " has no tensor for " + path);
        }
        return name;
    }

    @Override
    public void close() {
        tensors.close();
    }
}
