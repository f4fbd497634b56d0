/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.adapter.UnsupportedAdapterException;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.DecoderGolden;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.Golden;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Prediction;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.Weights;
import org.lora4j.text.TextExample;

/** An adapter of another task is refused, and so is the use of layers that nothing trained. */
final class AdapterPurposeTest {
    private static final Task TWO = Task.sequenceClassification("no", "yes");

    @TempDir Path folder;

    /** Copies PEFT's adapter of a BERT classifier with another purpose and fewer tensors. */
    private Path adapter(String taskType, String baseClass, Predicate<String> without)
            throws IOException {
        Path target = Files.createTempDirectory(folder, "adapter");
        JsonObject json = Golden.json(Golden.file("adapter/" + PeftConfigFile.FILE_NAME));
        json.add("task_type", null);
        if (taskType != null) {
            json.addProperty("task_type", taskType);
        }
        if (baseClass != null) {
            JsonObject mapping = new JsonObject();
            mapping.addProperty("base_model_class", baseClass);
            mapping.addProperty("parent_library", "transformers.models.bert.modeling_bert");
            json.add("auto_mapping", mapping);
        }
        if (without.test("classifier.weight")) {
            json.add("modules_to_save", null);
        }
        Files.writeString(target.resolve(PeftConfigFile.FILE_NAME), json.toString());
        Path weights = target.resolve(PeftAdapter.WEIGHTS_FILE);
        Files.copy(Golden.file("adapter/" + PeftAdapter.WEIGHTS_FILE), weights);
        Weights.editFile(
                weights,
                tensors ->
                        tensors.keySet()
                                .removeIf(n -> without.test(n.replace("base_model.model.", ""))));
        return target;
    }

    private Path adapter(String taskType, String baseClass) throws IOException {
        return adapter(taskType, baseClass, name -> false);
    }

    @ParameterizedTest
    @CsvSource({
        "TOKEN_CLS,,task_type TOKEN_CLS (a label for each token)",
        "QUESTION_ANS,,task_type QUESTION_ANS",
        "FEATURE_EXTRACTION,,task_type FEATURE_EXTRACTION",
        "SEQ_2_SEQ_LM,,task_type SEQ_2_SEQ_LM",
        "CAUSAL_LM,,task_type CAUSAL_LM",
        ",BertForTokenClassification,auto_mapping.base_model_class BertForTokenClassification",
        ",BertForMaskedLM,auto_mapping.base_model_class BertForMaskedLM"
    })
    void anotherTaskIsRefusedByName(String taskType, String baseClass, String named)
            throws IOException {
        Path adapter = adapter(taskType, baseClass);
        Path base = Golden.model(folder, "bare");
        try (LoraModel model = LoraModel.load(base, TWO)) {
            assertThatThrownBy(() -> model.loadAdapter("other", adapter))
                    .isInstanceOf(UnsupportedAdapterException.class)
                    .hasMessageContaining(named)
                    .hasMessageContaining("SEQ_CLS (a label or a number for each text)");
            assertThat(model.adapterNames()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"SEQ_2_SEQ_LM,", "CAUSAL_LM,", ",BertForMaskedLM"})
    void noModelIsBuiltForATaskThatIsNotSupported(String taskType, String baseClass)
            throws IOException {
        Path adapter = adapter(taskType, baseClass);
        Path base = Golden.model(folder, "bare");
        assertThatThrownBy(() -> LoraModel.load(base, adapter, LoadOptions.defaults()))
                .isInstanceOf(UnsupportedAdapterException.class)
                .hasMessageContaining(taskType == null ? baseClass : taskType);
    }

    /** The model is built for the adapter's task, for which these tensors are not. */
    @ParameterizedTest
    @CsvSource({
        "TOKEN_CLS,",
        "QUESTION_ANS,",
        "FEATURE_EXTRACTION,",
        ",BertForTokenClassification"
    })
    void anAdapterThatClaimsAnotherTaskDoesNotFit(String taskType, String baseClass)
            throws IOException {
        Path adapter = adapter(taskType, baseClass);
        Path base = Golden.model(folder, "bare");
        assertThatThrownBy(() -> LoraModel.load(base, adapter, LoadOptions.defaults()))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("tensors do not fit");
    }

    @ParameterizedTest
    @CsvSource({"SEQ_CLS,", ",", ",BertForSequenceClassification", ",MyOwnClassifier"})
    void theModelsTaskAndNoneAreFine(String taskType, String baseClass) throws IOException {
        Path base = Golden.model(folder, "bare");
        try (LoraModel model =
                LoraModel.load(base, adapter(taskType, baseClass), LoadOptions.defaults())) {
            assertThat(predict(model)).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"SEQ_CLS,", "TOKEN_CLS,", ",LlamaForSequenceClassification"})
    void aLanguageModelTakesItsOwnAdaptersAlone(String taskType, String baseClass)
            throws IOException {
        Path base = DecoderGolden.model(folder, "llama");
        Path adapter = adapter(taskType, baseClass);
        try (LoraModel model = LoraModel.load(base, Task.causalLanguageModel())) {
            assertThatThrownBy(() -> model.loadAdapter("other", adapter))
                    .isInstanceOf(UnsupportedAdapterException.class)
                    .hasMessageContaining(taskType == null ? baseClass : taskType)
                    .hasMessageContaining("CAUSAL_LM");
        }
    }

    @Test
    void aHeadThatWasDrawnDoesNotPredictOrMerge() throws IOException {
        Path base = Golden.model(folder, "bare");
        Path headless = adapter("SEQ_CLS", null, name -> name.startsWith("classifier"));
        try (LoraModel model = LoraModel.load(base, TWO)) {
            model.loadAdapter("default", headless);
            assertThatIllegalStateException()
                    .isThrownBy(() -> predict(model))
                    .withMessageContaining("cannot predict")
                    .withMessageContaining("classifier");
            assertThatIllegalStateException()
                    .isThrownBy(model::mergeAndUnload)
                    .withMessageContaining("cannot merge")
                    .withMessageContaining("classifier");
            model.addAdapter("own", LoraConfig.builder().setRank(2).setAlpha(2).build());
            assertThat(predict(model)).as("it trains with this adapter").hasSize(1);
        }
        Weights.edit(
                base,
                tensors -> {
                    NDManager manager = tensors.get("pooler.dense.bias").getManager();
                    long hidden = tensors.get("pooler.dense.bias").size();
                    tensors.put("classifier.weight", manager.ones(new Shape(2, hidden)));
                    tensors.put("classifier.bias", manager.ones(new Shape(2)));
                });
        try (LoraModel model = LoraModel.load(base, headless, LoadOptions.defaults())) {
            assertThat(predict(model)).as("the head is the checkpoint's").hasSize(1);
        }
    }

    @Test
    void aPoolerThatWasDrawnDoesNotPredictOrMerge() throws IOException {
        Path base = Golden.model(folder, "bare");
        Weights.edit(base, tensors -> tensors.keySet().removeIf(n -> n.startsWith("pooler")));
        try (LoraModel model =
                LoraModel.load(base, adapter("SEQ_CLS", null), LoadOptions.defaults())) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> predict(model))
                    .withMessageContaining("bert.pooler.dense;");
            assertThatIllegalStateException()
                    .isThrownBy(model::mergeAndUnload)
                    .withMessageContaining("bert.pooler.dense;");
        }
        try (LoraModel model = LoraModel.load(base, TWO)) {
            model.trainAll();
            assertThat(predict(model)).as("all of it trains").hasSize(1);
        }
    }

    private static List<Prediction> predict(LoraModel model) {
        TextDataset text =
                TextDataset.forPrediction(
                        model,
                        List.of(new TextExample(1, "the plot", null, null)),
                        "texts",
                        BatchOptions.defaults());
        return new Evaluator(model).predict(text);
    }
}
