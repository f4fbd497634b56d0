/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.training;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.TrainingConfig;
import ai.djl.training.loss.Loss;
import ai.djl.util.Pair;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.StepContext;
import org.lora4j.core.ModulePath;
import org.lora4j.djl.AdapterIdentity;
import org.lora4j.djl.BlockTree;
import org.lora4j.torch.Torch;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.metric.Predictions;
import org.lora4j.train.penalty.Penalty;

/** Trains what of a DJL model asks for gradients, by DJL's loss. */
final class DjlTask implements TrainingTask<DjlBatch> {
    private final Model model;
    private final TrainingConfig config;
    private final ParameterStore store;
    private final StepContext steps;
    private final @Nullable LoraContext context;
    private @Nullable DjlSession session;

    DjlTask(Model model, TrainingConfig config) {
        this.model = model;
        this.config = config;
        this.store = new ParameterStore(model.getNDManager(), false);
        List<AdapterHost> hosts = BlockTree.hosts(model.getBlock());
        this.context = hosts.isEmpty() ? null : hosts.get(0).context();
        this.steps = context == null ? new StepContext(0) : context.steps();
    }

    @Override
    public Penalty penalty() {
        return KasaPenalty.of(model.getBlock());
    }

    @Override
    public ActiveAdapters.Scope begin() {
        ActiveAdapters.Scope pass =
                context == null
                        ? () -> {}
                        : context.active().train(BlockTree.trainedAdapters(model.getBlock()));
        DjlSession begun;
        try {
            begun = new DjlSession(model, config);
        } catch (RuntimeException | Error e) {
            pass.close();
            throw e;
        }
        session = begun;
        return () -> {
            try (pass) {
                session = null;
                begun.close();
            }
        };
    }

    /** Tells listeners of DJL's that an epoch has ended, unless no training runs. */
    void endEpoch() {
        if (session != null) {
            session.endEpoch();
        }
    }

    /** Forgets what evaluators have seen of the validation data. */
    void beginValidation() {
        if (session != null) {
            session.beginValidation();
        }
    }

    @Override
    public TrainingIdentity identity() {
        return AdapterIdentity.of(model.getBlock());
    }

    @Override
    public Map<String, NDArray> trainable() {
        Block root = model.getBlock();
        Map<String, NDArray> found = new LinkedHashMap<>();
        Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (AdapterHost host : BlockTree.hosts(root)) {
            for (String name : host.adapterNames()) {
                host.tensors(name)
                        .forEach(
                                (suffix, parameter) -> {
                                    String path = ModulePath.join(host.path(), suffix);
                                    add(found, seen, path + " of " + name, parameter);
                                });
            }
        }
        for (Pair<String, Parameter> entry : root.getParameters()) {
            add(found, seen, entry.getKey(), entry.getValue());
        }
        return found;
    }

    private static void add(
            Map<String, NDArray> found, Set<Parameter> seen, String path, Parameter parameter) {
        if (parameter.requiresGradient() && parameter.isInitialized() && seen.add(parameter)) {
            found.put(path, parameter.getArray());
        }
    }

    @Override
    public StepContext steps() {
        return steps;
    }

    /** Data and labels; the trainer copies them into libtorch's memory, where gradients read. */
    @Override
    public NDList input(NDManager scope, DjlBatch batch) {
        steps.rows(Arrays.stream(batch.examples()).asLongStream().toArray());
        NDList input = HostArray.create(scope, batch.data());
        input.addAll(HostArray.create(scope, batch.labels()));
        return input;
    }

    /** The whole model is one stage, as DJL's blocks do not say where they could be divided. */
    @Override
    public List<Stage> stages() {
        return List.of();
    }

    @Override
    public LossSum head(NDManager scope, NDList input, DjlBatch batch) {
        NDList data = input.subNDList(0, batch.data().size());
        NDList labels = input.subNDList(batch.data().size());
        named(data, batch.data());
        named(labels, batch.labels());
        NDList predictions = model.getBlock().forward(store, data, labels, null);
        NDArray loss = mean(labels, predictions);
        if (session != null) {
            session.trained(batch, data, labels, predictions);
        }
        return new LossSum(Torch.scale(loss, batch.size()), batch.size());
    }

    private static void named(NDList arrays, List<HostArray> as) {
        for (int i = 0; i < arrays.size(); i++) {
            arrays.get(i).setName(as.get(i).name());
        }
    }

    private NDArray mean(NDList labels, NDList predictions) {
        Loss loss = config.getLossFunction();
        NDArray value = loss.evaluate(labels, predictions);
        return value.size() == 1 ? value : value.mean();
    }

    @Override
    public Evaluation evaluate(NDManager scope, DjlBatch batch) {
        NDList data = HostArray.create(scope, batch.data());
        NDList labels = HostArray.create(scope, batch.labels());
        NDList predictions = model.getBlock().forward(store, data, false, null);
        double sum = mean(labels, predictions).getFloat() * (double) batch.size();
        Map<String, Double> scores =
                session == null
                        ? Map.of()
                        : session.validated(scope, batch, data, labels, predictions);
        return new Evaluation(sum, batch.size(), new Predictions.Scores(scores));
    }
}
