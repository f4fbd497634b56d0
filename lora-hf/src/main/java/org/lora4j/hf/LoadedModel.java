/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LoraContext;
import org.lora4j.djl.Lora;
import org.lora4j.safetensors.TensorDtype;
import org.lora4j.text.TextTokenizer;
import org.lora4j.torch.TorchEngine;
import org.lora4j.torch.TorchKernels;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a model consists of once it is loaded; closing frees all of it.
 *
 * @param directory where it was loaded from
 * @param name its name or path, for the files of adapters
 * @param config its configuration
 * @param family its family
 * @param manager who owns its weights
 * @param use who uses the weights
 * @param model its blocks, built for its task
 * @param tokenizer its tokenizer, or null where the directory has none
 * @param drawn the layers that the checkpoint did not have
 * @param ends the tokens that it and its adapters learnt to end texts with
 * @param seed the seed they were drawn with
 * @param dtype the precision of its weights
 * @param files the small files that are saved with it
 */
record LoadedModel(
        Path directory,
        String name,
        ModelConfig config,
        ModelFamily family,
        NDManager manager,
        WeightsUse use,
        TaskModel model,
        @Nullable TextTokenizer tokenizer,
        DrawnLayers drawn,
        LearntEnds ends,
        long seed,
        TensorDtype dtype,
        ModelFiles files)
        implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(LoadedModel.class);

    static LoadedModel load(Path directory, Task task, LoadOptions options) throws IOException {
        return load(directory, task, options, options.newHead() ? HeadUse.REPLACE : HeadUse.KEEP);
    }

    static LoadedModel load(Path directory, Task task, LoadOptions options, HeadUse head)
            throws IOException {
        ModelConfig config = ModelConfig.read(directory);
        ModelFamily family = ModelFamilies.of(config);
        UnsupportedSettings.refuse(config, family);
        NDManager manager = TorchEngine.get().newBaseManager(options.device());
        TextTokenizer tokenizer = null;
        try (Checkpoint weights =
                new Checkpoint(
                        directory,
                        manager,
                        options.dtype(),
                        family::rename,
                        config.number("initializer_range", 0.02),
                        options.seed())) {
            LoraContext context = LoraContext.of(new TorchKernels(), options.seed());
            TaskModel model =
                    TaskModel.build(task, family, config, weights, context, directory, head);
            weights.finish();
            Path words = options.tokenizer();
            tokenizer = readTokenizer(words == null ? directory : words);
            String name =
                    options.nameOrPath().isEmpty() ? directory.toString() : options.nameOrPath();
            return new LoadedModel(
                    directory,
                    name,
                    config,
                    family,
                    manager,
                    new WeightsUse(new BaseUse(manager), context.active(), name),
                    model,
                    tokenizer,
                    new DrawnLayers(weights.drawn()),
                    new LearntEnds(),
                    options.seed(),
                    options.dtype(),
                    new ModelFiles(directory, null));
        } catch (IOException | RuntimeException e) {
            if (tokenizer != null) {
                tokenizer.close();
            }
            manager.close();
            if (e instanceof ArithmeticException) { // a product of sizes
                throw new IOException(
                        directory.resolve(ModelConfig.FILE)
                                + ": its sizes are too large for any model ("
                                + e.getMessage()
                                + ")",
                        e);
            }
            throw e;
        }
    }

    /** Reads the tokenizer; a directory without one is a model that is given token ids. */
    private static @Nullable TextTokenizer readTokenizer(Path directory) throws IOException {
        boolean absent = Files.notExists(directory.resolve("tokenizer.json"));
        return absent ? null : TextTokenizer.load(directory);
    }

    /** Returns a DJL model around blocks of this one; its path is this one's directory. */
    Model asModel(Block block) {
        Model model = Model.newInstance(name, manager.getDevice(), "PyTorch");
        model.setBlock(block);
        try {
            // DJL has no other way to set the path; nothing is read
            model.load(directory, name, Map.of("hasParameter", "false"));
        } catch (IOException | MalformedModelException e) {
            model.close();
            throw new IllegalStateException(directory + " cannot be a DJL model's path", e);
        }
        model.setBlock(block); // newTrainer would unfreeze what it takes for loaded
        return model;
    }

    /** Returns another model on the same weights. */
    LoadedModel sharing() throws IOException {
        use.base().share();
        try (Checkpoint weights =
                new Checkpoint(
                        directory,
                        TensorSource.of(block()),
                        manager,
                        dtype,
                        path -> path,
                        0,
                        seed)) {
            LoraContext context = LoraContext.of(new TorchKernels(), seed);
            TaskModel built =
                    TaskModel.build(
                            model.task(),
                            family,
                            config,
                            weights,
                            context,
                            directory,
                            HeadUse.SHARE);
            weights.finish();
            TextTokenizer own =
                    readTokenizer(tokenizer == null ? directory : tokenizer.directory());
            return new LoadedModel(
                    directory,
                    name,
                    config,
                    family,
                    manager,
                    new WeightsUse(use.base(), context.active(), name),
                    built,
                    own,
                    new DrawnLayers(drawn.paths()),
                    new LearntEnds(),
                    seed,
                    dtype,
                    files);
        } catch (IOException | RuntimeException e) {
            use.base().end();
            throw e;
        }
    }

    /** Returns the root of the blocks. */
    ModelRoot block() {
        return model.block();
    }

    /** Returns the labels' names; none for a regression and a language model. */
    List<String> labels() {
        return model.labels();
    }

    /** Returns the training of the model on a kind of batch, if that is what its task has. */
    <B extends TrainingBatch> TrainingTask<B> trainingTask(Class<B> batches) {
        Class<? extends TrainingBatch> own = model.batches();
        if (batches != own) {
            throw new IllegalStateException(
                    "the model trains on "
                            + own.getSimpleName()
                            + ", and the data are "
                            + batches.getSimpleName()
                            + "; load the model for the task of the data");
        }
        @SuppressWarnings("unchecked") // its batches are of the class that was just compared
        TrainingTask<B> task = (TrainingTask<B>) model.trainingTask(this);
        List<String> left = drawn.left(block(), active().getDefault());
        if (!left.isEmpty()) {
            logger.warn(
                    "{} will not train, though {}",
                    String.join(", ", left),
                    DrawnLayers.explain(left));
        }
        return task;
    }

    /**
     * Merges the active adapters into the weights.
     *
     * @param adapter the directory of the adapter whose tokenizer and templates, where it has any,
     *     become the model's; null for none
     * @return the plain model
     */
    LoadedModel mergeAndUnload(@Nullable Path adapter) {
        use.base().requireSole("mergeAndUnload");
        drawn.requireNone(block(), active().getDefault(), "merge");
        AdapterSelection active = active().getDefault();
        Lora.mergeAndUnload(block());
        ends.merge(active);
        drawn.clear();
        return new LoadedModel(
                directory,
                name,
                config,
                family,
                manager,
                use,
                model,
                tokenizer,
                drawn,
                ends,
                seed,
                dtype,
                new ModelFiles(directory, adapter));
    }

    /** Refuses full fine-tuning of weights that are too narrow for it, or not this model's. */
    void requireTrainable() {
        use.base().requireSole("full fine-tuning");
        if (dtype != TensorDtype.F32) {
            throw new IllegalStateException(
                    "the model's weights are "
                            + dtype
                            + ", in which small updates are lost; full fine-tuning expects F32."
                            + " Load the model in float32");
        }
    }

    boolean isRegression() {
        return model instanceof ClassifierModel && labels().isEmpty();
    }

    SequenceClassifier classifier() {
        if (block() instanceof SequenceClassifier classifier) {
            return classifier;
        }
        throw new IllegalStateException(
                "the model was loaded as a language model; expected one that was loaded with"
                        + " Task.sequenceClassification or Task.regression");
    }

    SequenceClassificationTask classification() {
        return new SequenceClassificationTask(classifier(), labels(), manager);
    }

    CausalLanguageModel languageModel() {
        if (block() instanceof CausalLanguageModel language) {
            return language;
        }
        throw new IllegalStateException(
                "the model was loaded as a classifier; expected one that was loaded with"
                        + " Task.causalLanguageModel()");
    }

    ActiveAdapters active() {
        return block().loraContext().active();
    }

    /** Frees everything after running passes have ended, which it waits for outside of a pass. */
    @Override
    public void close() {
        active().close(ModelLife.CLOSED, this::free);
    }

    private void free() {
        if (tokenizer != null) {
            tokenizer.close();
        }
        if (use.base().isShared()) {
            Lora.eject(block()); // adapters lie beside the weights, which live on
        }
        use.end();
    }
}
