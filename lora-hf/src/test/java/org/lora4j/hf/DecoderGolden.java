/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.gson.Gson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.torch.GradMode;

/** Tiny decoders, and what transformers and PEFT make of them. */
public final class DecoderGolden {
    private DecoderGolden() {}

    /** The names of all of them. */
    public static List<String> models() {
        return List.of(
                "llama", "llama-tied", "mistral", "qwen2", "qwen3", "gemma2", "phi3", "gpt2");
    }

    /**
     * What was computed elsewhere.
     *
     * @param ids sequences
     * @param labels for each token its own id, or -100: shifted by the model's loss
     * @param logits of each sequence's tokens, float32
     * @param logits64 the same in float64
     * @param right logits of the batch padded on the right
     * @param left padded on the left
     * @param loss the sum of the labels' cross-entropies
     * @param adapter with an adapter
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers of a golden, read only
    public record Expected(
            int[][] ids,
            long[][] labels,
            double[][][] logits,
            double[][][] logits64,
            double[][][] right,
            double[][][] left,
            double loss,
            Adapter adapter) {}

    /**
     * What an adapter gives.
     *
     * @param logits of each sequence's tokens
     * @param losses of six steps, before each
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers of a golden, read only
    public record Adapter(double[][][] logits, double[] losses) {}

    public static Path file(String name) {
        try {
            String resource = "/golden/decoders/" + name;
            return Path.of(
                    Objects.requireNonNull(DecoderGolden.class.getResource(resource), resource)
                            .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    public static Expected expected(String name) {
        return new Gson().fromJson(Golden.json(file(name + "/expected.json")), Expected.class);
    }

    /** Copies a model with some tokenizer into a folder. */
    public static Path model(Path folder, String name) {
        try {
            Path target = Files.createTempDirectory(folder, name);
            for (String part : List.of("config.json", "model.safetensors")) {
                Files.copy(file(name + "/" + part), target.resolve(part));
            }
            Files.copy(Golden.file("tokenizer.json"), target.resolve("tokenizer.json"));
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static LoraModel load(Path folder, String name) throws IOException {
        return LoraModel.load(model(folder, name), Task.causalLanguageModel());
    }

    /** Packs sequences with labels shifted by one, as the model's loss reads them. */
    public static PackedTokens packed(int[][] ids, long[][] labels, int... which) {
        int total = Arrays.stream(which).map(i -> ids[i].length).sum();
        long[] tokens = new long[total];
        long[] next = new long[total];
        int[] lengths = new int[which.length];
        int at = 0;
        for (int s = 0; s < which.length; s++) {
            int[] row = ids[which[s]];
            lengths[s] = row.length;
            for (int i = 0; i < row.length; i++, at++) {
                tokens[at] = row[i];
                next[at] = i + 1 < row.length ? labels[which[s]][i + 1] : PackedTokens.IGNORED;
            }
        }
        return new PackedTokens(tokens, next, lengths, which.clone());
    }

    /** The logits of packed sequences [N, V]. */
    public static float[] logits(LoraModel model, PackedTokens tokens) {
        CausalLanguageModel block = model.languageModel();
        try (NDManager scope = model.manager().newSubManager();
                GradMode off = GradMode.off()) {
            Pass pass = new Pass(new ParameterStore(scope, false), false);
            NDList list =
                    new NDList(
                            scope.create(tokens.ids()),
                            scope.create(tokens.positions()),
                            scope.create(Arrays.stream(tokens.lengths()).asLongStream().toArray()));
            return block.logits(pass, block.hidden(pass, list)).toFloatArray();
        }
    }

    /** The logits of a padded batch by the DJL block's own forward [B, T, V]. */
    static float[] padded(LoraModel model, int[][] ids, boolean left) {
        int width = Arrays.stream(ids).mapToInt(row -> row.length).max().orElseThrow();
        long[] flat = new long[ids.length * width];
        long[] mask = new long[flat.length];
        for (int r = 0; r < ids.length; r++) {
            int from = r * width + (left ? width - ids[r].length : 0);
            for (int i = 0; i < ids[r].length; i++) {
                flat[from + i] = ids[r][i];
                mask[from + i] = 1;
            }
        }
        Shape shape = new Shape(ids.length, width);
        try (NDManager scope = model.manager().newSubManager();
                GradMode off = GradMode.off()) {
            NDList inputs = new NDList(scope.create(flat, shape), scope.create(mask, shape));
            return model.block()
                    .forward(new ParameterStore(scope, false), inputs, false)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    /** Logits of sequences, one after another. */
    public static double[] flat(double[][][] logits) {
        return Arrays.stream(logits)
                .flatMap(Arrays::stream)
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    public static double farthest(float[] found, double[] expected) {
        if (found.length != expected.length) {
            throw new AssertionError(found.length + " numbers, expected " + expected.length);
        }
        double most = 0;
        for (int i = 0; i < found.length; i++) {
            most = Math.max(most, Math.abs(found[i] - expected[i]));
        }
        return most;
    }

    static Map<String, float[]> tensors(String name) {
        Map<String, float[]> all = new LinkedHashMap<>();
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file(name));
                NDManager manager = NDManager.newBaseManager("PyTorch")) {
            for (String tensor : tensors.names()) {
                all.put(tensor, tensors.readFloat32(manager, tensor).toFloatArray());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** Writes tensors with the shapes that a model's file has. */
    static void write(Map<String, float[]> tensors, String model, Path file) throws IOException {
        try (SafeTensorsFile shapes = SafeTensorsFile.open(file(model + "/model.safetensors"));
                NDManager manager = NDManager.newBaseManager("PyTorch")) {
            SafeTensorsWriter writer = new SafeTensorsWriter();
            tensors.forEach(
                    (name, values) ->
                            writer.add(name, manager.create(values, shapes.info(name).shape())));
            writer.write(file);
        }
    }

    /** Writes a golden's tensors with a vocabulary projection shaped as its word table. */
    static void writeHeaded(String model, float[] head, Path file) throws IOException {
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file(model + "/model.safetensors"));
                NDManager manager = NDManager.newBaseManager("PyTorch")) {
            SafeTensorsWriter writer = new SafeTensorsWriter();
            for (String name : tensors.names()) {
                writer.add(name, tensors.readFloat32(manager, name));
                if (name.endsWith("wte.weight") || name.endsWith("embed_tokens.weight")) {
                    Shape shape = tensors.info(name).shape();
                    writer.add("lm_head.weight", manager.create(head, shape));
                }
            }
            writer.write(file);
        }
    }

    /** Every batch of an epoch, in order. */
    static List<CausalBatch> batches(Expected expected, int[][] which) {
        List<CausalBatch> batches = new ArrayList<>();
        for (int[] batch : which) {
            batches.add(new CausalBatch(packed(expected.ids(), expected.labels(), batch)));
        }
        return batches;
    }
}
