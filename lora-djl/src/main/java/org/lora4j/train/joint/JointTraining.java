/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.joint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.part.SoftPrompts;
import org.lora4j.djl.BlockTree;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.engine.TorchEngine;
import org.lora4j.torch.gradient.GradientSums;
import org.lora4j.train.BackwardPass;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.Recomputation;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.optimizer.Optimizer;
import org.lora4j.train.tensors.SoundTensors;
import org.lora4j.train.tensors.TrainedTensors;

/**
 * The primitives of a training of several adapters: {@link #forwardBackward} runs a batch of each
 * forwards and backwards, all at once over the shared base, and {@link #optimStep} updates one
 * adapter by its gradients. Each adapter has an optimiser, a clip norm and dropouts of its own, and
 * gets the losses and tensors that it would get alone, but for the rounding of products of other
 * sizes; two runs give the same bits.
 *
 * <p>Between the calls, {@link #use} opens a scope in which the thread generates or evaluates with
 * one of the adapters, and the model saves it. Belongs to the thread that began it; other threads
 * may use the model's other adapters meanwhile.
 *
 * @param <B> the kind of batch
 */
public final class JointTraining<B extends TrainingBatch> implements AutoCloseable {
    private final Map<String, Learner> learners = new LinkedHashMap<>();
    private final IdentityHashMap<NDArray, Learner> learnerOf = new IdentityHashMap<>();
    private final JointTask<B> task;
    private final TrainingTask<B> single;
    private final ActiveAdapters active;
    private final ActiveAdapters.Scope training;
    private final AdapterRows rows;
    private final TrainedTensors all;
    private final BackwardPass<JointBatch<B>> pass;
    private final NDManager manager;
    private boolean closed;

    /** An adapter that is trained. */
    private static final class Learner {
        final String name;
        final int place;
        final LoraTrainingConfig config;
        final double rate;
        final TrainedTensors tensors;
        final Optimizer optimizer;
        final SoundTensors sound;
        private final NDManager manager;
        private @Nullable NDManager scope;
        private @Nullable GradientSums sums;
        int steps;

        Learner(
                String name,
                int place,
                LoraTrainingConfig config,
                double rate,
                TrainedTensors tensors,
                NDManager manager) {
            this.name = name;
            this.place = place;
            this.config = config;
            this.rate = rate;
            this.tensors = tensors;
            this.manager = manager;
            optimizer =
                    config.optimizer()
                            .create(
                                    config.toBuilder()
                                            .optLearningRate(rate)
                                            .build()
                                            .optimizerSettings(),
                                    tensors.byPath(),
                                    manager);
            sound = new SoundTensors(tensors, manager);
        }

        GradientSums sums() {
            GradientSums own = sums;
            if (own == null) {
                NDManager made = manager.newSubManager();
                scope = made;
                own = new GradientSums(tensors.arrays(), made);
                sums = own;
            }
            return own;
        }

        void forget() {
            if (scope != null) {
                scope.close();
            }
            scope = null;
            sums = null;
        }
    }

    private JointTraining(
            JointModel model, Class<B> kind, Map<String, LoraTrainingConfig> adapters) {
        List<String> names = List.copyOf(adapters.keySet());
        if (names.isEmpty()) {
            throw new IllegalArgumentException("no adapters to train; expected one at least");
        }
        refusePrompts(model, names);
        BatchJoin<B> join = model.batchJoin(kind);
        model.trainAdapters(names);
        active = model.jointAdapters();
        single = model.trainingTask(kind);
        task =
                new JointTask<>(
                        single,
                        join,
                        active,
                        array -> Objects.requireNonNull(learnerOf.get(array)).place);
        rows = AdapterRows.of(names);
        Map<String, NDArray> trainable = task.trainable();
        double advised = single.advice().learningRate();
        training = single.begin();
        NDManager made = null;
        try {
            all = TrainedTensors.of(trainable);
            made = TorchEngine.get().newBaseManager(all.device());
            made.setName("lora4j-joint-training");
            manager = made;
            Map<String, Map<String, NDArray>> tensors = byAdapter(model, trainable);
            for (int i = 0; i < names.size(); i++) {
                String name = names.get(i);
                LoraTrainingConfig config = Objects.requireNonNull(adapters.get(name));
                Learner learner =
                        new Learner(
                                name,
                                i,
                                config,
                                config.learningRate().orElse(advised),
                                TrainedTensors.of(tensors.getOrDefault(name, Map.of())),
                                manager);
                learners.put(name, learner);
                learner.tensors.arrays().forEach(array -> learnerOf.put(array, learner));
            }
            pass = new BackwardPass<>(task, all, 0, recomputation(adapters));
        } catch (RuntimeException | Error e) {
            if (made != null) {
                made.close();
            }
            training.close();
            throw e;
        }
    }

    /** Soft prompts stand before all texts of a batch, and each adapter has texts of its own. */
    private static void refusePrompts(JointModel model, List<String> names) {
        for (AdapterHost host : BlockTree.hosts(model.jointRoot())) {
            List<String> prompts = names.stream().filter(host.adapterNames()::contains).toList();
            if (host instanceof SoftPrompts && !prompts.isEmpty()) {
                throw new IllegalArgumentException(
                        ("the adapters %s are soft prompts, which cannot be those of some texts of"
                                        + " a batch; expected adapters of another method, or a"
                                        + " training of each by itself")
                                .formatted(prompts));
            }
        }
    }

    private static Recomputation recomputation(Map<String, LoraTrainingConfig> adapters) {
        List<Recomputation> found =
                adapters.values().stream()
                        .map(LoraTrainingConfig::recomputation)
                        .distinct()
                        .toList();
        if (found.size() > 1) {
            throw new IllegalArgumentException(
                    "the adapters ask for different layers to be computed again, %s; they share one"
                                    .formatted(found)
                            + " pass, so expected the same");
        }
        return found.get(0);
    }

    /** What trains of each adapter, by its path. */
    private static Map<String, Map<String, NDArray>> byAdapter(
            JointModel model, Map<String, NDArray> trainable) {
        IdentityHashMap<NDArray, String> owners = new IdentityHashMap<>();
        for (AdapterHost host : BlockTree.hosts(model.jointRoot())) {
            for (String name : host.adapterNames()) {
                for (Parameter parameter : host.tensors(name).values()) {
                    owners.put(parameter.getArray(), name);
                }
            }
        }
        Map<String, Map<String, NDArray>> found = new LinkedHashMap<>();
        trainable.forEach(
                (path, array) ->
                        found.computeIfAbsent(
                                        String.valueOf(owners.get(array)),
                                        name -> new LinkedHashMap<>())
                                .put(path, array));
        return found;
    }

    /**
     * Begins a training on the calling thread.
     *
     * @param model the model, which has the adapters
     * @param kind the kind of batch
     * @param adapters for each adapter the optimiser and its numbers, the clip norm and the seed of
     *     dropout; steps and schedules are the caller's here
     * @throws IllegalArgumentException if there is no adapter, the model does not have one, or one
     *     is a soft prompt
     * @throws IllegalStateException if another training has one of them, or the model cannot train
     *     several on such batches
     */
    public static <B extends TrainingBatch> JointTraining<B> begin(
            JointModel model, Class<B> kind, Map<String, LoraTrainingConfig> adapters) {
        return new JointTraining<>(model, kind, new LinkedHashMap<>(adapters));
    }

    /**
     * Runs a batch of each of some adapters forwards and backwards, and adds up the gradients of
     * their mean losses, until {@link #optimStep}.
     *
     * @param batches by the adapters' names
     * @return the mean loss of each
     * @throws IllegalArgumentException if one of them is not trained
     * @throws IllegalStateException if the training is closed
     */
    public Map<String, Double> forwardBackward(Map<String, B> batches) {
        return forwardBackward(batches, name -> Objects.requireNonNull(batches.get(name)).count());
    }

    /**
     * Runs batches that are part of larger ones, as {@link #forwardBackward(Map)} does.
     *
     * @param batches by the adapters' names
     * @param terms the loss terms of the whole, by which sums are divided
     * @return what each adds to the mean loss of the whole
     */
    public Map<String, Double> forwardBackward(
            Map<String, B> batches, ToLongFunction<String> terms) {
        requireOpen();
        List<JointBatch.Part<B>> parts = new ArrayList<>();
        batches.forEach(
                (name, batch) -> {
                    Learner learner = require(name);
                    if (batch.count() > 0) {
                        parts.add(
                                new JointBatch.Part<>(
                                        learner.place,
                                        name,
                                        batch,
                                        learner.config.seed(),
                                        learner.steps,
                                        terms.applyAsLong(name)));
                    }
                });
        Map<String, Double> losses = new LinkedHashMap<>();
        batches.keySet().forEach(name -> losses.put(name, 0.0));
        if (parts.isEmpty()) {
            return losses;
        }
        try (ActiveAdapters.Scope own = active.useKnown(rows);
                ActiveAdapters.Scope open = active.pass();
                NDManager scope = manager.newSubManager()) {
            GradientSums found = new GradientSums(all.arrays(), scope);
            pass.add(scope, new JointBatch<>(parts), 0, 1, found);
            found.forEachFound(
                    (array, gradient) ->
                            Objects.requireNonNull(learnerOf.get(array))
                                    .sums()
                                    .add(array, gradient));
        }
        double[] each = task.losses();
        for (int i = 0; i < parts.size(); i++) {
            losses.put(parts.get(i).name(), each[i]);
        }
        return losses;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "the training of %s is closed; begin another with JointTraining.begin"
                            .formatted(learners.keySet()));
        }
    }

    private Learner require(String name) {
        requireOpen();
        Learner learner = learners.get(name);
        if (learner == null) {
            throw new IllegalArgumentException(
                    "adapter \"%s\" is not trained; expected one of %s"
                            .formatted(name, learners.keySet()));
        }
        return learner;
    }

    /**
     * Clips an adapter's gradients, updates it by them and forgets them. If they are NaN or
     * infinite, or the update would leave the adapter so, it stays as it was.
     *
     * @param adapter its name
     * @param rate the learning rate of the step, at least 0
     * @return the norm of the gradients before clipping; NaN or infinite if nothing was updated
     * @throws IllegalArgumentException if the rate is negative, NaN or infinite
     * @throws IllegalStateException if there are no gradients, or the training is closed
     */
    public double optimStep(String adapter, double rate) {
        Learner learner = require(adapter);
        if (!Double.isFinite(rate) || rate < 0) {
            throw new IllegalArgumentException(
                    "learning rate %s for adapter \"%s\"; expected a number >= 0"
                            .formatted(rate, adapter));
        }
        if (learner.sums == null) {
            throw new IllegalStateException(
                    "adapter \"%s\" has no gradients; expected forwardBackward before optimStep"
                            .formatted(adapter));
        }
        try (GradMode off = GradMode.off()) {
            NDList gradients = learner.sums().complete();
            double bound = learner.config.clipNorm();
            NDArray norm = bound > 0 ? Autograd.clip(gradients, bound) : Autograd.norm(gradients);
            norm.attach(Objects.requireNonNull(learner.scope));
            double found = norm.toType(DataType.FLOAT64, true).toDoubleArray()[0];
            if (Double.isFinite(found)) {
                int step = learner.steps;
                learner.sound.update(
                        step, () -> learner.optimizer.update(gradients, step + 1, rate));
                if (!learner.tensors.isFinite()) {
                    learner.sound.restoreUnless(step, () -> false);
                    return Double.NaN;
                }
                learner.steps++;
            }
            return found;
        } finally {
            learner.forget();
        }
    }

    /** Updates an adapter by the learning rate of its configuration, or the model's advice. */
    public double optimStep(String adapter) {
        return optimStep(adapter, rate(adapter));
    }

    /** Returns an adapter's learning rate before any schedule. */
    public double rate(String adapter) {
        return require(adapter).rate;
    }

    /** Returns how many updates an adapter has had. */
    public int steps(String adapter) {
        return require(adapter).steps;
    }

    /**
     * Opens a scope in which the calling thread uses one of the adapters alone, to generate or
     * evaluate with it.
     *
     * @return the scope; close it on the same thread
     * @throws IllegalStateException if the training is closed
     */
    public ActiveAdapters.Scope use(String adapter) {
        return active.useKnown(AdapterSelection.of(require(adapter).name));
    }

    /** Measures an adapter on a batch. */
    Evaluation evaluate(String adapter, B batch) {
        try (ActiveAdapters.Scope alone = use(adapter);
                ActiveAdapters.Scope open = active.pass();
                GradMode off = GradMode.off();
                NDManager scope = manager.newSubManager()) {
            return single.evaluate(scope, batch);
        }
    }

    /** Puts an adapter back to what it was before its latest update. */
    int restoreSound(String adapter) {
        Learner learner = require(adapter);
        return learner.sound.restoreUnless(learner.steps, () -> false);
    }

    /** Ends the training; once it has ended, that does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        learners.values().forEach(Learner::forget);
        single.steps().end();
        manager.close();
        training.close();
    }
}
