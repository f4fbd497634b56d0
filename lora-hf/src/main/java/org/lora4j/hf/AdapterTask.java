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
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.adapter.AdapterTensorName;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.safetensors.SafeTensorsFile;

/**
 * What an adapter's model is for, told from its files before the model is built.
 *
 * @param task the task
 * @param head what becomes of the base's head
 */
record AdapterTask(Task task, HeadUse head) {

    /** Loads the base for the task. */
    LoadedModel load(Path directory, LoadOptions options) throws IOException {
        return LoadedModel.load(
                directory, task, options, options.newHead() ? HeadUse.REPLACE : head);
    }

    /**
     * Returns the task: a decoder's is language modelling; of an encoder the labels' names come
     * from the adapter's notes, else from the base's configuration where it names as many, else
     * they are numbered.
     */
    static AdapterTask of(Path model, Path adapter) throws IOException {
        Path file = adapter.resolve(PeftConfigFile.FILE_NAME);
        PeftConfigFile peft = PeftConfigFile.read(file); // refusals come first
        ModelConfig config = ModelConfig.read(model);
        if (!(ModelFamilies.of(config) instanceof EncoderFamily family)) {
            AdapterPurpose.require(peft, file, LanguageModel.TASK_TYPE);
            return new AdapterTask(Task.causalLanguageModel(), HeadUse.KEEP);
        }
        AdapterPurpose.require(peft, file, ClassifierModel.TASK_TYPE);
        long outputs = outputs(family.classifierOutput(), adapter);
        Path notesFile = adapter.resolve(AdapterNotes.FILE_NAME);
        List<String> labels =
                Files.exists(notesFile) ? AdapterNotes.read(notesFile).labels() : List.of();
        if (outputs < 0) {
            return new AdapterTask(new Task.SequenceClassification(labels), HeadUse.KEEP);
        }
        if (outputs == 1) {
            return new AdapterTask(Task.regression(), HeadUse.REPLACE_UNLESS_FITTING);
        }
        List<String> configured = config.labels();
        if (labels.size() != outputs && configured != null) {
            labels = configured;
        }
        if (labels.size() != outputs) {
            labels = CheckpointHead.numbered(outputs);
        }
        return new AdapterTask(
                new Task.SequenceClassification(labels), HeadUse.REPLACE_UNLESS_FITTING);
    }

    /** Returns the rows of the head that the adapter carries, or -1 if it carries none. */
    private static long outputs(String head, Path adapter) throws IOException {
        Path weights = adapter.resolve(PeftAdapter.WEIGHTS_FILE);
        if (!Files.exists(weights)) {
            return -1; // reading the adapter will say what is wrong
        }
        try (SafeTensorsFile file = SafeTensorsFile.open(weights)) {
            for (String name : file.names()) {
                if (AdapterTensorName.stripPrefix(name).equals(head + ".weight")) {
                    Shape shape = file.info(name).shape();
                    if (shape.dimension() != 2 || shape.size() == 0) {
                        throw new IOException(
                                weights
                                        + ": "
                                        + name
                                        + " is "
                                        + shape
                                        + "; expected [labels, hidden size]");
                    }
                    return shape.get(0); // each row has bytes in the file
                }
            }
            return -1;
        }
    }
}
