/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.huggingface.translator.TextClassificationTranslatorFactory;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.loss.Loss;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.djl.training.DjlBatch;
import org.lora4j.djl.training.DjlTraining;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;

final class DjlSnippetsTest {
    @TempDir Path folder;

    @Test
    void trainingOnDjlsDataSets() throws IOException {
        LoraConfig config = LoraConfig.builder().setRank(2).optTargetModules("all-linear").build();
        Path adapter = folder.resolve("adapter");
        try (Model model = Model.newInstance("mlp", "PyTorch")) {
            NDManager manager = model.getNDManager();
            SequentialBlock block = new SequentialBlock();
            block.add(Linear.builder().setUnits(8).build());
            block.add(Activation::relu);
            block.add(Linear.builder().setUnits(2).build());
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
            model.setBlock(block);
            Dataset train = data(manager, 40);
            Dataset validation = data(manager, 20);
            LoraTrainingResult result = fit(model, config, train, validation, adapter);
            assertThat(result.steps()).isEqualTo(15);
            assertThat(result.finalValidation().orElseThrow().metrics().values())
                    .containsKey("Accuracy");
        }
        assertThat(adapter.resolve(PeftAdapter.WEIGHTS_FILE)).exists();
    }

    private static LoraTrainingResult fit(
            Model model, LoraConfig config, Dataset train, Dataset validation, Path adapter)
            throws IOException {
        // snippet: djl-training
        Injection injection = Lora.inject(model, config);
        TrainingConfig djl =
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                        .addEvaluator(new Accuracy());
        LoraTrainer.Builder<DjlBatch> trainer =
                DjlTraining.of(model, djl).trainer(train, validation);
        LoraTrainingResult result = trainer.optEpochs(3).build().fit();
        Lora.saveAdapter(model.getBlock(), injection, adapter);
        // end
        return result;
    }

    @Test
    void aTorchScriptModelThatAServiceRuns() throws Exception {
        Path traced = Path.of("../lora-hf/src/test/resources/golden/traced/classification");
        LoraConfig config = LoraConfig.builder().setRank(2).optTargetModules("all-linear").build();
        Path adapter = folder.resolve("adapter");
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            Classifications answer =
                    classify(traced, config, words(manager), adapter, "one of the words");
            assertThat(answer.getClassNames()).hasSize(3);
        }
        assertThat(adapter.resolve(PeftAdapter.WEIGHTS_FILE)).exists();
    }

    private static Classifications classify(
            Path directory, LoraConfig config, Dataset train, Path adapter, String text)
            throws Exception {
        // snippet: djl-torchscript
        Criteria<String, Classifications> criteria =
                Criteria.builder()
                        .setTypes(String.class, Classifications.class)
                        .optModelPath(directory)
                        .optEngine("PyTorch")
                        .optTranslatorFactory(new TextClassificationTranslatorFactory())
                        .build();
        try (ZooModel<String, Classifications> model = criteria.loadModel()) {
            Injection injection = Lora.inject(model, config);
            DjlTraining.of(model, new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()))
                    .trainer(train)
                    .optEpochs(3)
                    .build()
                    .fit();
            Lora.saveAdapter(model.getBlock(), injection, adapter);
            try (Predictor<String, Classifications> predictor = model.newPredictor()) {
                return predictor.predict(text);
            }
        }
        // end
    }

    private static ArrayDataset words(NDManager manager) {
        Shape shape = new Shape(20, 7);
        NDArray ids = manager.randomInteger(5, 60, shape, DataType.INT64);
        NDArray mask = manager.ones(shape, DataType.INT64);
        NDArray labels = ids.get(":, 0").mod(3);
        return new ArrayDataset.Builder()
                .setData(ids, mask)
                .optLabels(labels)
                .setSampling(5, true)
                .build();
    }

    private static ArrayDataset data(NDManager manager, int count) {
        NDArray x = manager.randomNormal(new Shape(count, 3));
        NDArray y = x.get(":, 0").gt(0).toType(DataType.INT64, false);
        return new ArrayDataset.Builder().setData(x).optLabels(y).setSampling(8, true).build();
    }
}
