/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.base.BaseUserCount;
import org.lora4j.hf.base.DrawnLayers;
import org.lora4j.hf.base.HeadUse;
import org.lora4j.hf.base.LearntEnds;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.ModelFiles;
import org.lora4j.hf.base.SharedTensors;
import org.lora4j.hf.base.TaskModel;
import org.lora4j.hf.base.WeightsUse;
import org.lora4j.hf.embed.EmbeddingFiles;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.EmbeddingModel;
import org.lora4j.hf.family.ModelFamilies;
import org.lora4j.hf.family.UnsupportedSettings;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.hf.model.Quantization;
import org.lora4j.hf.model.TensorSource;
import org.lora4j.hf.span.SpanModel;
import org.lora4j.hf.token.TokenModel;
import org.lora4j.text.TextTokenizer;
import org.lora4j.torch.TorchKernels;
import org.lora4j.torch.engine.TorchEngine;

/**
 * Loads models from directories: reads the configuration, builds the family's blocks, fills them.
 */
final class ModelLoader {
    private ModelLoader() {}

    /** Loads a model; {@link LoadOptions#newHead} decides about the head of its checkpoint. */
    static LoadedModel load(Path directory, Task task, LoadOptions options) throws IOException {
        return load(directory, task, options, options.newHead() ? HeadUse.REPLACE : HeadUse.KEEP);
    }

    /**
     * Loads a model.
     *
     * @param head what becomes of the checkpoint's head
     * @throws IOException if the files do not make a model of the task
     */
    static LoadedModel load(Path directory, Task task, LoadOptions options, HeadUse head)
            throws IOException {
        ModelConfig config = ModelConfig.read(directory);
        ModelFamily family = ModelFamilies.of(config);
        UnsupportedSettings.refuse(config, family);
        TorchEngine.requireDevice(options.device());
        NDManager manager = TorchEngine.get().newBaseManager(options.device());
        TextTokenizer tokenizer = null;
        try (Checkpoint weights =
                new Checkpoint(
                        directory,
                        TensorSource.open(directory),
                        manager,
                        options.dtype(),
                        family.names().rename(),
                        config.number("initializer_range", 0.02),
                        options.seed(),
                        options.quantization())) {
            LoraContext context = LoraContext.of(new TorchKernels(), options.seed());
            TaskModel model = build(task, family, config, weights, context, directory, head);
            weights.finish();
            if (Quantization.declared(config) != null
                    && ModelTensors.packing(model.block()) == null) {
                throw new IOException(
                        directory
                                + ": quantization_config says that the weights are quantised, and"
                                + " none is; expected tensors such as those of bitsandbytes, or a"
                                + " config.json without it");
            }
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
                    new WeightsUse(new BaseUserCount(manager), null, context.active(), name),
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

    /**
     * Builds a model on the weights of another, with adapters and a tokenizer of its own; it shares
     * what it reads beside them with later ones.
     *
     * @param base the other model
     * @param tensors its weights
     * @param head what becomes of the checkpoint's head
     * @throws IOException if the weights and the files do not make a model of the task
     */
    static LoadedModel share(
            LoadedModel base, SharedTensors tensors, Task task, LoadOptions options, HeadUse head)
            throws IOException {
        base.use().base().share();
        NDManager own = base.manager().newSubManager();
        try (Checkpoint weights =
                new Checkpoint(
                        base.directory(),
                        tensors.open(),
                        own,
                        base.dtype(),
                        path -> path,
                        base.config().number("initializer_range", 0.02),
                        base.seed(),
                        options.quantization())) {
            LoraContext context = LoraContext.of(new TorchKernels(), base.seed());
            TaskModel built =
                    build(
                            task,
                            base.family(),
                            base.config(),
                            weights,
                            context,
                            base.directory(),
                            head);
            weights.finish();
            Path words = options.tokenizer();
            TextTokenizer tokenizer = readTokenizer(words == null ? base.directory() : words);
            tensors.keep(built.block(), weights.drawn());
            return base.sharing(built, tokenizer, weights.drawn(), own);
        } catch (IOException | RuntimeException e) {
            own.close();
            base.use().base().end();
            throw e;
        }
    }

    /** Builds the blocks of a family for a task. */
    private static TaskModel build(
            Task task,
            ModelFamily family,
            ModelConfig config,
            Checkpoint weights,
            LoraContext context,
            Path directory,
            HeadUse head)
            throws IOException {
        if (task instanceof Task.Embedding embedding) {
            EmbeddingForm form = embedding.form();
            return new EmbeddingModel(
                    family,
                    family.textEncoder(config, weights, context),
                    form == null ? EmbeddingFiles.read(directory) : form,
                    config.hiddenSize().orElse(0));
        }
        boolean causal = task instanceof Task.CausalLanguageModel;
        if (causal && family instanceof DecoderFamily decoder) {
            return new LanguageModel(
                    decoder, decoder.causalLanguageModel(config, weights, context));
        }
        if (task instanceof Task.TokenClassification tokens
                && family instanceof EncoderFamily encoder) {
            return TokenModel.build(
                    tokens.labels(), encoder, config, weights, context, directory, head);
        }
        if (task instanceof Task.QuestionAnswering && family instanceof EncoderFamily encoder) {
            return SpanModel.build(encoder, config, weights, context, directory, head);
        }
        if (task instanceof Task.SequenceClassification
                || task instanceof Task.MultiLabelClassification
                || task instanceof Task.Reranking
                || task instanceof Task.Regression) {
            return ClassifierModel.build(task, family, config, weights, context, directory, head);
        }
        throw new IOException(
                directory
                        + ": model_type \""
                        + family.names().modelType()
                        + "\" is "
                        + (causal
                                ? "an encoder, which does not continue texts; expected"
                                        + " Task.sequenceClassification or Task.regression"
                                : "a decoder, whose tokens do not see those that follow them;"
                                        + " expected an encoder for Task.tokenClassification or"
                                        + " Task.questionAnswering"));
    }
}
