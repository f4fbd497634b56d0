/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.span;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.lora4j.block.LoraContext;
import org.lora4j.core.AdapterConfig;
import org.lora4j.hf.base.CheckpointHead;
import org.lora4j.hf.base.ConfigLabels;
import org.lora4j.hf.base.HeadTask;
import org.lora4j.hf.base.HeadUse;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.TaskModel;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.text.TextTarget;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/**
 * An encoder with a head that says of each token whether an answer begins and whether it ends
 * there. For lora4j's own modules.
 *
 * @param family its family
 * @param block its blocks
 */
public record SpanModel(EncoderFamily family, TokenClassifier block) implements TaskModel {
    /** The task_type of PEFT's files. */
    public static final String TASK_TYPE = "QUESTION_ANS";

    private static final HeadTask WANTED = new HeadTask(HeadTask.Kind.SPAN, List.of());

    /** Builds one; a head that the checkpoint lacks is drawn. */
    public static SpanModel build(
            EncoderFamily family,
            ModelConfig config,
            Checkpoint weights,
            LoraContext context,
            Path directory,
            HeadUse use)
            throws IOException {
        CheckpointHead.of(config, weights, family.tokenHeadPath(TokenHead.Kind.SPANS))
                .labels(WANTED, use, directory);
        TokenHead head = new TokenHead(TokenHead.Kind.SPANS, WANTED.outputs());
        return new SpanModel(family, family.tokenClassifier(config, weights, head, context));
    }

    @Override
    public List<String> labels() {
        return List.of();
    }

    @Override
    public TextTarget target() {
        return TextTarget.SPAN;
    }

    @Override
    public Map<Class<? extends TrainingBatch>, Supplier<TrainingTask<?>>> trainings(
            LoadedModel model) {
        return Map.of(SpanBatch.class, () -> new SpanTask(model, block));
    }

    @Override
    public String peftTaskType() {
        return TASK_TYPE;
    }

    /** {@inheritDoc} The head is among modules_to_save already. */
    @Override
    public AdapterConfig asPeft(AdapterConfig config) {
        return config;
    }

    @Override
    public void describe(JsonObject config) {
        String architecture = family.names().architecture(TokenHead.Kind.SPANS);
        List<String> names = CheckpointHead.numbered(WANTED.outputs());
        ConfigLabels.write(config, architecture, block.vocabularySize(), names);
        config.remove("problem_type");
    }
}
