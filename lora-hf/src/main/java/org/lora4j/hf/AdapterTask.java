/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.adapter.PeftWeights;
import org.lora4j.djl.Lora;
import org.lora4j.hf.adapter.AdapterPurpose;
import org.lora4j.hf.adapter.TableCopies;
import org.lora4j.hf.base.CheckpointHead;
import org.lora4j.hf.base.HeadUse;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.embed.EmbeddingFiles;
import org.lora4j.hf.embed.EmbeddingModel;
import org.lora4j.hf.family.ModelFamilies;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.hf.span.SpanModel;
import org.lora4j.hf.token.TokenModel;
import org.lora4j.text.AddedTokenFiles;

/**
 * What an adapter's model is for, told from its files before the model is built.
 *
 * @param task the task
 * @param head what becomes of the base's head
 */
record AdapterTask(Task task, HeadUse head) {

    /** Where the model comes from. */
    interface Base {
        /** Loads or builds a model without adapters. */
        LoadedModel model(Task task, LoadOptions options, HeadUse head) throws IOException;
    }

    /** Loads the base for the task from its directory, and the adapter. */
    LoraModel load(Path directory, Path adapter, LoadOptions options) throws IOException {
        return load(
                directory,
                adapter,
                options,
                (task, adapted, head) -> ModelLoader.load(directory, task, adapted, head));
    }

    /**
     * Makes the model for the task, with as many tokens as the adapter has, and the adapter. Tokens
     * that were added for the adapter are known to its own tokenizer alone.
     */
    LoraModel load(Path directory, Path adapter, LoadOptions options, Base base)
            throws IOException {
        boolean own = options.tokenizer() == null && AddedTokenFiles.hasMore(adapter, directory);
        LoadOptions adapted = own ? options.withTokenizer(adapter) : options;
        HeadUse use = options.newHead() ? HeadUse.REPLACE : head;
        LoraModel model = new LoraModel(base.model(task, adapted, use));
        try {
            TableCopies.resize(model.loaded(), adapter);
            model.loadAdapter(Lora.DEFAULT_ADAPTER, adapter);
            return model;
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /**
     * Returns the task: language modelling for a decoder whose adapter does not classify; otherwise
     * the labels' names come from the adapter's notes, else from the base's configuration where it
     * names as many, else they are numbered.
     */
    static AdapterTask of(Path model, Path adapter) throws IOException {
        Path file = adapter.resolve(PeftConfigFile.FILE_NAME);
        PeftConfigFile peft = PeftConfigFile.read(file); // refusals come first
        ModelConfig config = ModelConfig.read(model);
        ModelFamily family = ModelFamilies.of(config);
        boolean vectors =
                EmbeddingModel.TASK_TYPE.equals(peft.taskType())
                        || (peft.taskType() == null
                                && (EmbeddingFiles.areIn(adapter)
                                        || (EmbeddingFiles.areIn(model)
                                                && outputs(family.classifierOutput(), adapter)
                                                        < 0)));
        if (vectors) {
            AdapterPurpose.require(peft, file, EmbeddingModel.TASK_TYPE);
            return new AdapterTask(
                    EmbeddingFiles.areIn(adapter)
                            ? Task.embedding(EmbeddingFiles.read(adapter))
                            : Task.embedding(),
                    HeadUse.KEEP);
        }
        boolean classifies =
                ClassifierModel.TASK_TYPE.equals(peft.taskType())
                        || config.architecture().endsWith("ForSequenceClassification");
        if (family instanceof DecoderFamily && !classifies) {
            AdapterPurpose.require(peft, file, LanguageModel.TASK_TYPE);
            return new AdapterTask(Task.causalLanguageModel(), HeadUse.KEEP);
        }
        String purpose = AdapterPurpose.of(peft);
        if (SpanModel.TASK_TYPE.equals(purpose)) {
            return new AdapterTask(Task.questionAnswering(), HeadUse.REPLACE_UNLESS_FITTING);
        }
        boolean tokens = TokenModel.TASK_TYPE.equals(purpose);
        if (!tokens) {
            AdapterPurpose.require(peft, file, ClassifierModel.TASK_TYPE);
        }
        String head =
                tokens && family instanceof EncoderFamily encoder
                        ? encoder.tokenHeadPath(TokenHead.Kind.LABELS)
                        : family.classifierOutput();
        long outputs = outputs(head, adapter);
        Path notesFile = adapter.resolve(AdapterNotes.FILE_NAME);
        AdapterNotes notes = Files.exists(notesFile) ? AdapterNotes.read(notesFile) : null;
        List<String> labels = notes == null ? List.of() : notes.labels();
        String problem = problem(notes, config);
        if (outputs < 0) {
            return new AdapterTask(
                    "relevance".equals(problem)
                            ? Task.reranking()
                            : labelled(tokens, problem, labels),
                    HeadUse.KEEP);
        }
        if (outputs == 1 && !tokens) {
            return new AdapterTask(
                    "relevance".equals(problem) ? Task.reranking() : Task.regression(),
                    HeadUse.REPLACE_UNLESS_FITTING);
        }
        List<String> configured = config.labels();
        if (labels.size() != outputs && configured != null) {
            labels = configured;
        }
        if (labels.size() != outputs) {
            labels = CheckpointHead.numbered(outputs);
        }
        return new AdapterTask(labelled(tokens, problem, labels), HeadUse.REPLACE_UNLESS_FITTING);
    }

    /** What the adapter's notes, or without any the base's configuration, say of the outputs. */
    private static @Nullable String problem(@Nullable AdapterNotes notes, ModelConfig config)
            throws IOException {
        if (notes != null) {
            return notes.problem();
        }
        if (config.has(ClassifierModel.CROSS_ENCODER)) {
            return "relevance";
        }
        return config.string("problem_type", "").equals("multi_label_classification")
                ? "labels"
                : null;
    }

    private static Task labelled(boolean tokens, @Nullable String problem, List<String> labels) {
        if (tokens) {
            return new Task.TokenClassification(labels);
        }
        return "labels".equals(problem)
                ? new Task.MultiLabelClassification(labels)
                : new Task.SequenceClassification(labels);
    }

    /** Returns the rows of the head that the adapter carries, or -1 if it carries none. */
    private static long outputs(String head, Path adapter) throws IOException {
        try (PeftWeights weights = PeftWeights.open(adapter)) {
            Shape shape = weights.shapes().get(head + ".weight");
            if (shape == null) {
                return -1;
            }
            if (shape.dimension() != 2 || shape.size() == 0) {
                throw new IOException(
                        weights.path()
                                + ": "
                                + head
                                + ".weight is "
                                + shape
                                + "; expected [labels, hidden size]");
            }
            return shape.get(0); // each row has bytes in the file
        }
    }
}
