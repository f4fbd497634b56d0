/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.cli.data.TrainingData;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.option.CheckpointOptions;
import org.lora4j.cli.option.EngineOptions;
import org.lora4j.cli.option.ModelOption;
import org.lora4j.cli.option.QuantizationOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.core.AdapterConfig;
import org.lora4j.torch.TensorDtype;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.checkpoint.Resume;

/**
 * The checked options of a training.
 *
 * @param model the base
 * @param data how the data are read
 * @param dataFile the file of the training data
 * @param validationFile the file of the validation data, if any
 * @param output where the result goes
 * @param newHead whether a classifier's last layer is drawn though the model has one
 * @param addedTokens tokens that the tokenizer gets
 * @param full whether every weight trains
 * @param adapter the adapter to go on from, if any
 * @param method the configuration of a new adapter
 * @param baseDropout whether the base's dropouts work
 * @param training how it goes
 * @param dtype the precision of the base
 * @param quantization in how few bits the base is held
 * @param engine what it runs on
 * @param checkpoints when its state is saved
 * @param overwrite whether an earlier result may be replaced
 * @param log where steps are logged, if anywhere
 * @param tensorBoard the directory of TensorBoard's events, if any
 */
public record TrainingPlan(
        ModelOption model,
        TrainingData.Reading data,
        Path dataFile,
        @Nullable Path validationFile,
        Path output,
        boolean newHead,
        List<String> addedTokens,
        boolean full,
        @Nullable Path adapter,
        AdapterConfig method,
        boolean baseDropout,
        LoraTrainingConfig training,
        TensorDtype dtype,
        QuantizationOptions quantization,
        EngineOptions engine,
        CheckpointOptions checkpoints,
        boolean overwrite,
        @Nullable Path log,
        @Nullable Path tensorBoard) {

    /** Returns the modules that train whole beside the head. */
    List<String> trainedWhole() throws IOException {
        return adapter == null
                ? method.modulesToSave()
                : PeftConfigFile.read(adapter.resolve(PeftConfigFile.FILE_NAME))
                        .method()
                        .modulesToSave();
    }

    /** Returns the directory of checkpoints, or null where there are none. */
    @Nullable Path checkpointDirectory() {
        return checkpoints.isOn() ? output.resolve(CheckpointOptions.DIRECTORY) : null;
    }

    /**
     * Checks that no file of an earlier training, or of anybody, would be replaced unasked.
     *
     * @throws IOException naming what is there
     */
    void requireFree(OutputDirectory directory, Console console) throws IOException {
        if (resumes()) {
            return;
        }
        directory.requireFree(overwrite, console);
        if (overwrite) {
            return;
        }
        for (String name : TrainingFiles.NAMES) {
            if (Files.exists(output.resolve(name))) {
                throw new IOException(
                        "%s: already holds a %s; --overwrite replaces it, or name another directory"
                                .formatted(output, name));
            }
        }
        boolean begins = checkpoints.resume(false).mode() == Resume.Mode.NEVER;
        if (begins && log != null && Files.isRegularFile(log) && Files.size(log) > 0) {
            throw new IOException(
                    log + ": is there already; --overwrite replaces it, or name another --log");
        }
    }

    /** Returns whether the training goes on from a state, of which the result is to be replaced. */
    private boolean resumes() throws IOException {
        Path directory = checkpointDirectory();
        Resume.Mode mode = checkpoints.resume(overwrite).mode();
        if (mode == Resume.Mode.FROM) {
            return true;
        }
        if (mode != Resume.Mode.AUTO || directory == null || !Files.isDirectory(directory)) {
            return false;
        }
        try (DirectoryStream<Path> states = Files.newDirectoryStream(directory, "step-*")) {
            return states.iterator().hasNext();
        }
    }
}
