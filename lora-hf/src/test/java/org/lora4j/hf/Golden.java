/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.lora4j.block.AdapterHost;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;

/** Tiny BERTs, and what transformers and PEFT make of them. */
public final class Golden {
    /** What logits of order 1 may differ by on another CPU, where sums run in another order. */
    static final double ROUNDING = 4e-6;

    private Golden() {}

    public static Path file(String name) {
        return golden("bert/" + name);
    }

    /** A golden of any kind. */
    static Path golden(String name) {
        try {
            return Path.of(
                    Objects.requireNonNull(Golden.class.getResource("/golden/" + name), name)
                            .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Copies a model with the tokenizer into a folder. */
    public static Path model(Path folder, String name) {
        return model(folder, name, json -> {});
    }

    public static Path model(Path folder, String name, Consumer<JsonObject> config) {
        try {
            Path target = Files.createTempDirectory(folder, name);
            try (Stream<Path> files = Files.list(file(name))) {
                for (Path source : files.toList()) {
                    String plain = source.getFileName().toString();
                    if (plain.equals("config.json") || plain.startsWith("model")) {
                        Files.copy(source, target.resolve(plain));
                    }
                }
            }
            Files.copy(file("tokenizer.json"), target.resolve("tokenizer.json"));
            JsonObject json = json(target.resolve("config.json"));
            config.accept(json);
            Files.writeString(target.resolve("config.json"), json.toString());
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonObject json(Path file) {
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Rows of token ids with what transformers gives for them. */
    @SuppressWarnings("ArrayRecordComponent") // numbers of a golden, read only
    record Rows(int[][] ids, int[][] types, double[][] logits, double[][] logits64) {
        PaddedBatch padded() {
            return batch(ids, types);
        }
    }

    static List<Rows> batches(String name) {
        List<Rows> all = new ArrayList<>();
        for (JsonElement rows : json(file(name + "/expected.json")).getAsJsonArray("batches")) {
            all.add(new Gson().fromJson(rows, Rows.class));
        }
        return all;
    }

    static PaddedBatch batch(int[][] ids, int[][] types) {
        List<TokenizedExample> examples = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            examples.add(new TokenizedExample(i, ids[i], types[i], 0));
        }
        return PaddedBatch.of(examples, 0);
    }

    /** The logits of a batch as a trainer's validation computes them. */
    static float[] logits(LoraModel model, PaddedBatch batch) {
        try (NDManager scope = model.manager().newSubManager()) {
            return new SequenceClassificationTask(model.loaded())
                    .logits(scope, batch)
                    .toFloatArray();
        }
    }

    static double farthest(float[] found, double[][] expected) {
        double most = 0;
        int at = 0;
        for (double[] row : expected) {
            for (double value : row) {
                most = Math.max(most, Math.abs(found[at++] - value));
            }
        }
        if (at != found.length) {
            throw new AssertionError(found.length + " logits, expected " + at);
        }
        return most;
    }

    static double farthest(double[][] a, double[][] b) {
        double most = 0;
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < a[i].length; k++) {
                most = Math.max(most, Math.abs(a[i][k] - b[i][k]));
            }
        }
        return most;
    }

    static double farthest(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new AssertionError(a.length + " numbers, expected " + b.length);
        }
        double most = 0;
        for (int i = 0; i < a.length; i++) {
            most = Math.max(most, Math.abs(a[i] - b[i]));
        }
        return most;
    }

    static Map<String, float[]> tensors(String name) {
        return tensors(file(name));
    }

    static Map<String, float[]> tensors(Path file) {
        Map<String, float[]> all = new LinkedHashMap<>();
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file);
                NDManager manager = NDManager.newBaseManager("PyTorch")) {
            for (String tensor : tensors.names()) {
                all.put(tensor, tensors.readFloat32(manager, tensor).toFloatArray());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    static Map<String, double[]> doubles(String name) {
        Map<String, double[]> all = new LinkedHashMap<>();
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file(name));
                NDManager manager = NDManager.newBaseManager("PyTorch")) {
            for (String tensor : tensors.names()) {
                all.put(tensor, tensors.read(manager, tensor).toDoubleArray());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** An adapter's tensors by PEFT's names. */
    static Map<String, NDArray> adapter(LoraModel model, String adapter) {
        Map<String, NDArray> all = new LinkedHashMap<>();
        for (AdapterHost host : BlockTree.hosts(model.block())) {
            host.tensors(adapter)
                    .forEach((suffix, p) -> all.put(host.path() + "." + suffix, p.getArray()));
        }
        return all;
    }

    /** The plain model's tensors by name. */
    static Map<String, float[]> base(LoraModel model) {
        Map<String, float[]> all = new LinkedHashMap<>();
        ModelTensors.plain(model.block())
                .forEach((path, p) -> all.put(path, p.getArray().toFloatArray()));
        return all;
    }
}
