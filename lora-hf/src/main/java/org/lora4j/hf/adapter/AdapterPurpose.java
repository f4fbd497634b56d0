/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.adapter.UnsupportedAdapterException;

/**
 * Checks what an adapter was trained for: its task_type or, in files without one, the class of its
 * base model, which PEFT writes then. Tensors of another task may fit a model by their names and
 * shapes, and the results would mean nothing.
 */
public final class AdapterPurpose {
    private static final Map<String, String> TASKS =
            Map.of(
                    "SEQ_CLS", "a label or a number for each text",
                    "SEQ_2_SEQ_LM", "a text for each text, by an encoder and a decoder",
                    "CAUSAL_LM", "the text that follows a text",
                    "TOKEN_CLS", "a label for each token",
                    "QUESTION_ANS", "the part of a text that answers a question",
                    "FEATURE_EXTRACTION", "a vector for each token or text");

    /**
     * The tasks by the ends of transformers' class names; "" for a task that PEFT has no name for.
     */
    private static final Map<String, String> CLASSES =
            Map.of(
                    "ForSequenceClassification", "SEQ_CLS",
                    "ForTokenClassification", "TOKEN_CLS",
                    "ForQuestionAnswering", "QUESTION_ANS",
                    "ForConditionalGeneration", "SEQ_2_SEQ_LM",
                    "ForCausalLM", "CAUSAL_LM",
                    "LMHeadModel", "CAUSAL_LM",
                    "ForMaskedLM", "",
                    "ForMultipleChoice", "",
                    "ForNextSentencePrediction", "",
                    "ForPreTraining", "");

    private AdapterPurpose() {}

    /**
     * Checks that an adapter is for a task. One that names none passes.
     *
     * @param file the adapter's configuration
     * @param source where it was read from
     * @param wanted the task that the model is loaded for, as PEFT names it
     * @throws UnsupportedAdapterException if it is for another
     */
    public static void require(PeftConfigFile file, Path source, String wanted) throws IOException {
        String type = file.taskType();
        if (type != null) {
            if (!type.equals(wanted)) {
                throw refusal(source, "task_type " + type, TASKS.get(type), wanted);
            }
            return;
        }
        String base = file.baseModelClass();
        String task = base == null ? null : taskOf(base);
        if (task != null && !task.equals(wanted)) {
            throw refusal(source, "auto_mapping.base_model_class " + base, TASKS.get(task), wanted);
        }
    }

    /** Returns the task that an adapter's files name, as PEFT names it, or null. */
    public static @Nullable String of(PeftConfigFile file) {
        String base = file.baseModelClass();
        return file.taskType() != null ? file.taskType() : base == null ? null : taskOf(base);
    }

    /** Returns the task of a class of transformers, "" for one of none, null for other classes. */
    private static @Nullable String taskOf(String base) {
        return CLASSES.entrySet().stream()
                .filter(known -> base.endsWith(known.getKey()))
                .findAny()
                .map(Map.Entry::getValue)
                .orElse(null);
    }

    private static UnsupportedAdapterException refusal(
            Path source, String found, @Nullable String meaning, String wanted) {
        String means = meaning == null ? "" : " (" + meaning + ")";
        return new UnsupportedAdapterException(
                source,
                List.of(
                        "%s%s on a model for %s (%s); expected an adapter that was trained for %s"
                                .formatted(found, means, wanted, TASKS.get(wanted), wanted)));
    }
}
