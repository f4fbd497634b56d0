/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.djl.Lora;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.EncoderRoot;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.text.TextTarget;
import org.lora4j.text.TextTokenizer;
import org.lora4j.torch.TensorDtype;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a loaded model; closing it frees them.
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
public record LoadedModel(
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

    /** Returns a DJL model around blocks of this one; its path is this one's directory. */
    public Model asModel(Block block) {
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

    /** Returns the root of the blocks. */
    public ModelRoot block() {
        return model.block();
    }

    /** Returns the labels' names; none for a regression and a language model. */
    public List<String> labels() {
        return model.labels();
    }

    /**
     * Returns the training of the model on a kind of batch, if that is what its task has, and warns
     * of layers that it would leave as they were drawn.
     */
    public <B extends TrainingBatch> TrainingTask<B> trainingTask(Class<B> batches) {
        TrainingTask<B> task = taskOn(batches);
        List<String> left = drawn.left(block(), active().getDefault());
        if (!left.isEmpty()) {
            String names = String.join(", ", left);
            logger.warn("{} will not train, though {}", names, DrawnLayers.explain(left));
        }
        return task;
    }

    /** Returns the training of the model on a kind of batch, to be asked for losses or outputs. */
    public <B extends TrainingBatch> TrainingTask<B> taskOn(Class<B> batches) {
        Map<Class<? extends TrainingBatch>, Supplier<TrainingTask<?>>> own = model.trainings(this);
        Supplier<TrainingTask<?>> found = own.get(batches);
        if (found == null) {
            throw new IllegalStateException(
                    "the model trains on %s, and the data are %s; load it for the task of the data"
                            .formatted(
                                    own.keySet().stream()
                                            .map(Class::getSimpleName)
                                            .collect(Collectors.joining(" or ")),
                                    batches.getSimpleName()));
        }
        @SuppressWarnings("unchecked") // its batches are of the class that it was found by
        TrainingTask<B> task = (TrainingTask<B>) found.get();
        return task;
    }

    /** Returns how linear layers of the base are packed, such as "4 bits (nf4)", or null. */
    public @Nullable String packing() {
        return ModelTensors.packing(block());
    }

    /**
     * Requires that no weight is packed.
     *
     * @param attempt what cannot be done with such a base
     * @param instead what to do instead
     * @throws UnsupportedOperationException if one is
     */
    public void requireUnpacked(String attempt, String instead) {
        String packing = packing();
        if (packing != null) {
            throw new UnsupportedOperationException(
                    "%s is not possible with a base in %s; %s"
                            .formatted(attempt, packing, instead));
        }
    }

    /**
     * Merges the active adapters into the weights.
     *
     * @param adapter the directory of the adapter whose tokenizer and templates, where it has any,
     *     become the model's; null for none
     * @return the plain model
     */
    public LoadedModel mergeAndUnload(@Nullable Path adapter) {
        use.base().requireSole("mergeAndUnload");
        requireUnpacked(
                "mergeAndUnload",
                "merged weights would be rounded to these few numbers. Load the base without"
                        + " quantisation and merge the adapter into that");
        drawn.requireNone(block(), active().getDefault(), "merge");
        AdapterSelection active = active().getDefault();
        Lora.mergeAndUnload(block());
        ends.merge(active);
        drawn.clear();
        return withFiles(new ModelFiles(directory, adapter));
    }

    private LoadedModel withFiles(ModelFiles others) {
        return new LoadedModel(
                directory, name, config, family, manager, use, model, tokenizer, drawn, ends, seed,
                dtype, others);
    }

    /**
     * Returns another model on the same weights.
     *
     * @param built its blocks, built on these weights
     * @param words its tokenizer
     * @param missing its layers that the checkpoint does not have
     * @param own who owns what it has beside these weights
     */
    public LoadedModel sharing(
            TaskModel built,
            @Nullable TextTokenizer words,
            Collection<String> missing,
            NDManager own) {
        ActiveAdapters runner = built.block().loraContext().active();
        WeightsUse users = new WeightsUse(use.base(), own, runner, name);
        DrawnLayers left = new DrawnLayers(missing);
        LearntEnds none = new LearntEnds();
        return new LoadedModel(
                directory, name, config, family, manager, users, built, words, left, none, seed,
                dtype, files);
    }

    /** Checks that every weight can train: in full precision, and not shared with other models. */
    public void requireTrainable() {
        use.base().requireSole("full fine-tuning");
        requireUnpacked(
                "full fine-tuning", "add an adapter, or load the model without quantisation");
        if (dtype != TensorDtype.F32) {
            throw new IllegalStateException(
                    ("the model's weights are %s, in which small updates are lost; full fine-tuning"
                                    + " expects F32. Load the model in float32")
                            .formatted(dtype));
        }
    }

    /** Returns what a model of texts says of each; of other models what their labels suggest. */
    public TextTarget target() {
        return model.target();
    }

    public boolean isRegression() {
        return block() instanceof SequenceClassifier && target() == TextTarget.NUMBER;
    }

    public SequenceClassifier classifier() {
        if (block() instanceof SequenceClassifier classifier) {
            return classifier;
        }
        throw new IllegalStateException(
                "the model does not label texts; expected one that was loaded with"
                        + " Task.sequenceClassification or Task.regression");
    }

    /** Returns the blocks of a model that labels tokens; any other is refused. */
    public TokenClassifier tokenClassifier() {
        if (block() instanceof TokenClassifier tokens && target() != TextTarget.SPAN) {
            return tokens;
        }
        throw new IllegalStateException(
                "the model does not label tokens; expected one that was loaded with"
                        + " Task.tokenClassification");
    }

    /** Returns the blocks of an encoder, whatever its head; any other model is refused. */
    public EncoderRoot encoder() {
        if (block() instanceof EncoderRoot encoder) {
            return encoder;
        }
        throw new IllegalStateException(
                "the model was loaded as a language model; expected an encoder");
    }

    public CausalLanguageModel languageModel() {
        if (block() instanceof CausalLanguageModel language) {
            return language;
        }
        throw new IllegalStateException(
                "the model is an encoder; expected one that was loaded with"
                        + " Task.causalLanguageModel()");
    }

    public ActiveAdapters active() {
        return block().loraContext().active();
    }

    /**
     * Frees everything after running passes have ended; it waits for them unless it is called in a
     * pass.
     */
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
