/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.torch.Torch;

/** TorchScript modules as DJL loads them, adapted by Lora.inject, beside what PyTorch computes. */
final class InjectedScriptTest {
    @TempDir Path directory;

    static List<ScriptGolden> adapted() {
        return ScriptGolden.all().stream()
                .filter(golden -> !golden.isRefused())
                .filter(golden -> !golden.name().startsWith("dropout"))
                .toList();
    }

    private static Model load(Path archive) throws Exception {
        Model model = Model.newInstance("script", "PyTorch");
        model.load(archive.getParent(), String.valueOf(archive.getFileName()));
        return model;
    }

    /** Layers are named by their paths; weights of layers with several by their own. */
    private static Map<String, ScriptGolden.Target> byPath(ScriptGolden golden, Model model) {
        Map<String, ScriptGolden.Target> targets = new LinkedHashMap<>();
        List<String> known = new ArrayList<>();
        Lora.candidates(model.getBlock()).forEach(candidate -> known.add(candidate.path()));
        for (ScriptGolden.Target target : golden.targets()) {
            String module = target.target().module();
            if (golden.name().equals("bert")) {
                // the wrapper's name for the model, which was traced in it
                module = module.substring("bert.".length());
            }
            String name = target.target().parameter();
            String weight = module.isEmpty() ? name : module + "." + name;
            targets.put(known.contains(weight) ? weight : module, target);
        }
        return targets;
    }

    private static LoraConfig config(Map<String, ScriptGolden.Target> targets) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        Map<String, Double> alphas = new LinkedHashMap<>();
        targets.forEach(
                (path, target) -> {
                    ranks.put("^" + path.replace(".", "\\.") + "$", target.target().rank());
                    alphas.put(
                            "^" + path.replace(".", "\\.") + "$",
                            target.target().rank() * target.target().scaling());
                });
        return LoraConfig.builder()
                .setRank(7)
                .setAlpha(5)
                .optRankPattern(ranks)
                .optAlphaPattern(alphas)
                .optTargetModules(List.copyOf(targets.keySet()))
                .build();
    }

    /** Runs it as adapted modules run, without the optimiser of graphs. */
    private static NDArray run(Model model, ScriptGolden golden) throws IOException {
        JniUtils.setGraphExecutorOptimize(false);
        return model.getBlock()
                .forward(
                        new ParameterStore(model.getNDManager(), false),
                        golden.inputs(model.getNDManager()),
                        false)
                .singletonOrThrow();
    }

    private static void fill(
            Injection injection,
            Map<String, ScriptGolden.Target> targets,
            ScriptGolden golden,
            NDManager manager)
            throws IOException {
        for (AdaptedLayer layer : injection.layers()) {
            LoraAdapter adapter = layer.adapter(injection.adapter()).orElseThrow();
            String name = targets.get(layer.path()).tensors();
            Torch.copyInto(adapter.a().getArray(), golden.tensor(manager, name + ".lora_A"));
            Torch.copyInto(adapter.b().getArray(), golden.tensor(manager, name + ".lora_B"));
        }
    }

    @ParameterizedTest
    @MethodSource("adapted")
    void outputsAndGradientsAreThoseOfPyTorch(ScriptGolden golden) throws Exception {
        try (Model model = load(golden.archive())) {
            NDManager manager = model.getNDManager();
            NDArray before = run(model, golden);
            Map<String, ScriptGolden.Target> targets = byPath(golden, model);
            Injection injection = Lora.inject(model, config(targets));
            assertThat(injection.layers())
                    .extracting(AdaptedLayer::path)
                    .containsExactlyInAnyOrderElementsOf(targets.keySet());
            assertThat(run(model, golden).contentEquals(before)).as("B = 0").isTrue();

            fill(injection, targets, golden, manager);
            NDArray adapted = golden.tensor(manager, "adapted");
            Doubles.assertClose(run(model, golden), adapted, 1e-12);

            NDArray probe = golden.probe(manager);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y =
                        model.getBlock()
                                .forward(
                                        new ParameterStore(manager, false),
                                        golden.inputs(manager),
                                        true)
                                .singletonOrThrow();
                collector.backward(y.mul(probe).sum());
            }
            for (AdaptedLayer layer : injection.layers()) {
                LoraAdapter adapter = layer.adapter(injection.adapter()).orElseThrow();
                String name = targets.get(layer.path()).tensors();
                double tolerance = golden.name().matches("linear-(half|bfloat16)") ? 0.1 : 1e-11;
                Doubles.assertClose(
                        adapter.a().getArray().getGradient(),
                        golden.tensor(manager, name + ".grad_A"),
                        tolerance);
                Doubles.assertClose(
                        adapter.b().getArray().getGradient(),
                        golden.tensor(manager, name + ".grad_B"),
                        tolerance);
            }
            Doubles.assertClose(run(model, golden), adapted, 1e-12);

            Path saved = directory.resolve("adapter");
            Lora.saveAdapter(model.getBlock(), injection, saved);
            try (Model fresh = load(golden.archive())) {
                Lora.loadAdapter(fresh, "again", saved);
                Doubles.assertClose(run(fresh, golden), adapted, 1e-12);
                Lora.eject(fresh);
                assertThat(run(fresh, golden).contentEquals(before)).isTrue();
            }

            Lora.mergeAndUnload(model);
            Doubles.assertClose(run(model, golden), adapted, 1e-11);
        }
    }
}
