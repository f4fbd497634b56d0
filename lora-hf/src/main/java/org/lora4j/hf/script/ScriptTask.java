/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.StepContext;
import org.lora4j.core.ModulePath;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.score.TextScores;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingAdvice;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.checkpoint.TrainingIdentity;

/** How the adapter of a script is trained, by the loss of native classifiers and regressions. */
final class ScriptTask implements TrainingTask<TextBatch> {
    private final Model model;
    private final ScriptPass pass;
    private final TextScores scores;
    private final LoraContext context;
    private final TrainingAdvice advice;
    private final TrainingIdentity identity;

    /**
     * Prepares a training.
     *
     * @param context what the adapted layers share
     */
    ScriptTask(
            Model model,
            ScriptPass pass,
            TextScores scores,
            LoraContext context,
            TrainingAdvice advice,
            TrainingIdentity identity) {
        this.model = model;
        this.pass = pass;
        this.scores = scores;
        this.context = context;
        this.advice = advice;
        this.identity = identity;
    }

    @Override
    public ActiveAdapters.Scope begin() {
        return context.active().train(BlockTree.trainedAdapters(model.getBlock()));
    }

    @Override
    public TrainingAdvice advice() {
        return advice;
    }

    @Override
    public TrainingIdentity identity() {
        return identity;
    }

    @Override
    public Map<String, NDArray> trainable() {
        Map<String, NDArray> found = new LinkedHashMap<>();
        for (AdapterHost host : BlockTree.hosts(model.getBlock())) {
            for (String name : host.adapterNames()) {
                host.tensors(name)
                        .forEach(
                                (suffix, parameter) -> {
                                    if (parameter.requiresGradient()) {
                                        found.put(path(host, suffix, name), array(parameter));
                                    }
                                });
            }
        }
        return found;
    }

    private static String path(AdapterHost host, String suffix, String adapter) {
        return ModulePath.join(host.path(), suffix) + " of " + adapter;
    }

    private static NDArray array(Parameter parameter) {
        return parameter.getArray();
    }

    @Override
    public StepContext steps() {
        return context.steps();
    }

    @Override
    public NDList input(NDManager scope, TextBatch batch) {
        steps().rows(Arrays.stream(batch.examples()).asLongStream().toArray());
        return pass.input(scope, batch.texts());
    }

    /** A script is one stage, as it does not say where it could be divided. */
    @Override
    public List<Stage> stages() {
        return List.of();
    }

    @Override
    public LossSum head(NDManager scope, NDList input, TextBatch batch) {
        int[] order = pass.groups(batch.texts()).order();
        float[] targets = new float[batch.targets().length];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = batch.targets()[order[i]];
        }
        return new LossSum(scores.loss(scope, pass.train(input), targets), batch.count());
    }

    @Override
    public Evaluation evaluate(NDManager scope, TextBatch batch) {
        return scores.evaluate(scope, pass.evaluate(scope, batch.texts()), batch.targets());
    }
}
