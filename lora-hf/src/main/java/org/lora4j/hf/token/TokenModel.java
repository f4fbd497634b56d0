/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.token;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.lora4j.block.LoraContext;
import org.lora4j.core.AdapterConfig;
import org.lora4j.hf.adapter.PeftHeads;
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
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/**
 * An encoder with a head that labels each token. For lora4j's own modules.
 *
 * @param family its family
 * @param block its blocks
 * @param labels the labels' names
 */
public record TokenModel(EncoderFamily family, TokenClassifier block, List<String> labels)
        implements TaskModel {
    /** The task_type of PEFT's files. */
    public static final String TASK_TYPE = "TOKEN_CLS";

    /**
     * Builds one.
     *
     * @param asked the labels that are asked for; none takes the checkpoint's
     */
    public static TokenModel build(
            List<String> asked,
            EncoderFamily family,
            ModelConfig config,
            Checkpoint weights,
            LoraContext context,
            Path directory,
            HeadUse use)
            throws IOException {
        HeadTask wanted = new HeadTask(HeadTask.Kind.TOKEN_LABEL, asked);
        String path = family.tokenHeadPath(TokenHead.Kind.LABELS);
        List<String> labels =
                CheckpointHead.of(config, weights, path).labels(wanted, use, directory);
        TokenHead head = new TokenHead(TokenHead.Kind.LABELS, labels.size());
        return new TokenModel(
                family, family.tokenClassifier(config, weights, head, context), labels);
    }

    @Override
    public Map<Class<? extends TrainingBatch>, Supplier<TrainingTask<?>>> trainings(
            LoadedModel model) {
        return Map.of(TokenBatch.class, () -> new TokenTask(model));
    }

    @Override
    public String peftTaskType() {
        return TASK_TYPE;
    }

    @Override
    public AdapterConfig asPeft(AdapterConfig config) {
        return PeftHeads.with(config);
    }

    @Override
    public void describe(JsonObject config) {
        String architecture = family.names().architecture(TokenHead.Kind.LABELS);
        ConfigLabels.write(config, architecture, block.vocabularySize(), labels);
        config.remove("problem_type");
    }
}
