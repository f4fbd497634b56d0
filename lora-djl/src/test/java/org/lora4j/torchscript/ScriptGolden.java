/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.lora4j.safetensors.SafeTensors;
import org.lora4j.torch.TensorDtype;

/**
 * A case of tools/goldens/torchscript.py.
 *
 * @param name its name
 * @param json what the manifest says of it
 */
record ScriptGolden(String name, JsonObject json) {
    /** A layer that the case adapts. */
    record Target(ScriptTarget target, String mode, String tensors) {
        String form() {
            return Objects.requireNonNull(target.form()).name().toLowerCase(Locale.ROOT);
        }
    }

    static List<ScriptGolden> all() {
        try {
            JsonObject manifest =
                    JsonParser.parseString(Files.readString(file("manifest.json")))
                            .getAsJsonObject();
            List<ScriptGolden> cases = new ArrayList<>();
            manifest.getAsJsonObject("cases")
                    .entrySet()
                    .forEach(
                            entry ->
                                    cases.add(
                                            new ScriptGolden(
                                                    entry.getKey(),
                                                    entry.getValue().getAsJsonObject())));
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ScriptGolden of(String name) {
        return all().stream().filter(one -> one.name.equals(name)).findFirst().orElseThrow();
    }

    static Path file(String name) {
        try {
            return Path.of(
                    Objects.requireNonNull(
                                    ScriptGolden.class.getResource("/golden/torchscript/" + name))
                            .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    Path archive() {
        return file(name + ".pt");
    }

    boolean isRefused() {
        return json.has("refused");
    }

    String refusal() {
        return json.get("refused").getAsString();
    }

    List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        for (JsonElement element : json.getAsJsonArray("targets")) {
            JsonObject one = element.getAsJsonObject();
            ScriptTarget target =
                    new ScriptTarget(
                            one.get("path").getAsString(),
                            one.get("parameter").getAsString(),
                            one.get("rank").getAsInt(),
                            one.get("scaling").getAsDouble(),
                            0,
                            ScriptForm.valueOf(
                                    one.get("form").getAsString().toUpperCase(Locale.ROOT)));
            String tensors = one.has("tensors") ? one.get("tensors").getAsString() : target.path();
            targets.add(new Target(target, one.get("mode").getAsString(), tensors));
        }
        return targets;
    }

    private SafeTensors tensors() throws IOException {
        return SafeTensors.open(file(name + ".safetensors"));
    }

    NDArray tensor(NDManager manager, String tensor) throws IOException {
        try (SafeTensors file = tensors()) {
            TensorDtype dtype = file.info(tensor).dtype();
            return dtype.isFloating()
                    ? file.readAs(manager, tensor, dtype)
                    : file.read(manager, tensor);
        }
    }

    /** The probe, in float32 for half types: a loss in bfloat16 aborts the JVM. */
    NDArray probe(NDManager manager) throws IOException {
        try (SafeTensors file = tensors()) {
            boolean wide = file.info("probe").dtype() == TensorDtype.F64;
            return file.readAs(manager, "probe", wide ? TensorDtype.F64 : TensorDtype.F32);
        }
    }

    NDList inputs(NDManager manager) throws IOException {
        NDList inputs = new NDList();
        for (int i = 0; i < json.get("inputs").getAsInt(); i++) {
            inputs.add(tensor(manager, "in" + i));
        }
        return inputs;
    }

    @Override
    public String toString() {
        return name;
    }
}
