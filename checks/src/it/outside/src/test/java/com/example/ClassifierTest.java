package com.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Prediction;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.TextExample;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.TokenizedExample;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.metric.Metric;

/** A Hugging Face directory is fine-tuned, saved, loaded again and served. */
final class ClassifierTest {
    private static final TextColumns COLUMNS = TextColumns.of("text", "label");
    private static final List<String> TEXTS =
            List.of("the film is good", "a long plot bad ending", "not a dull film", "good");

    @TempDir Path folder;

    @Test
    void anAdapterIsTrainedSavedLoadedAndServed() throws Exception {
        Path directory = TinyBert.write(folder.resolve("model"));
        byte[] base = Files.readAllBytes(directory.resolve("model.safetensors"));
        Path adapter = folder.resolve("adapter");
        List<Prediction> trained = train(directory, adapter);
        assertTrue(Files.size(adapter.resolve("adapter_model.safetensors")) < 20_000);
        assertTrue(Files.readString(adapter.resolve("adapter_config.json")).contains("SEQ_CLS"));
        assertArrayEquals(base, Files.readAllBytes(directory.resolve("model.safetensors")));

        try (LoraModel lora = LoraModel.load(directory, adapter, LoadOptions.defaults());
                Model model = lora.asModel()) {
            assertEquals(trained, predict(lora));
            serve(lora, model, trained);
        }
    }

    private List<Prediction> train(Path directory, Path adapter) throws IOException {
        Path data = TinyBert.texts(folder.resolve("train.tsv"), 200);
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(4)
                        .setAlpha(8)
                        .optTargetModules("query", "value")
                        .build();
        try (LoraModel model =
                LoraModel.load(directory, Task.sequenceClassification("negative", "positive"))) {
            model.addAdapter("default", config);
            BatchOptions batches = BatchOptions.defaults().withBatchSize(10);
            LoraTrainingResult result =
                    LoraTrainer.builder(model)
                            .setDataset(TextDataset.forTraining(model, data, COLUMNS, batches))
                            .optEpochs(10)
                            .optConfig(training -> training.optLearningRate(1e-2))
                            .build()
                            .fit();
            assertEquals(200, result.steps());
            TextDataset again = TextDataset.forEvaluation(model, data, COLUMNS, batches);
            double accuracy =
                    new Evaluator(model).evaluate(again).value(Metric.ACCURACY).orElseThrow();
            assertTrue(accuracy > 0.95, "accuracy " + accuracy);
            model.saveAdapter("default", adapter);
            return predict(model);
        }
    }

    private static List<Prediction> predict(LoraModel model) {
        List<TextExample> rows = new ArrayList<>();
        for (String text : TEXTS) {
            rows.add(new TextExample(rows.size() + 1, text, null, null));
        }
        return new Evaluator(model)
                .predict(
                        TextDataset.forPrediction(model, rows, "texts", BatchOptions.defaults()));
    }

    /** Four threads, each with predictors of its own on the same weights, text by text and together. */
    private static void serve(LoraModel lora, Model model, List<Prediction> expected)
            throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            List<Callable<List<float[]>>> requests = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                boolean together = i % 2 == 0;
                requests.add(() -> answer(lora, model, together));
            }
            for (Future<List<float[]>> answers : pool.invokeAll(requests)) {
                for (int text = 0; text < TEXTS.size(); text++) {
                    float[] logits = answers.get().get(text);
                    Prediction right = expected.get(text);
                    assertEquals(right.label(), lora.labels().get(logits[0] > logits[1] ? 0 : 1));
                    assertEquals(right.logits().get(0), logits[0], 1e-5f);
                    assertEquals(right.logits().get(1), logits[1], 1e-5f);
                }
            }
        } finally {
            pool.shutdown();
        }
    }

    private static List<float[]> answer(LoraModel lora, Model model, boolean together)
            throws TranslateException {
        try (Predictor<String, float[]> predictor =
                model.newPredictor(new Texts(lora.tokenizer()))) {
            if (together) {
                return predictor.batchPredict(TEXTS);
            }
            List<float[]> answers = new ArrayList<>();
            for (String text : TEXTS) {
                answers.add(predictor.predict(text));
            }
            return answers;
        }
    }

    /** A text to ids, attention mask and token types of 12 positions, which DJL stacks. */
    private record Texts(TextTokenizer tokenizer) implements Translator<String, float[]> {
        private static final int LENGTH = 12;

        @Override
        public NDList processInput(TranslatorContext context, String text) {
            TokenizedExample tokens = tokenizer.encode(text, null, LENGTH);
            long[] mask = new long[LENGTH];
            Arrays.fill(mask, 0, tokens.length(), 1);
            NDManager manager = context.getNDManager();
            return new NDList(
                    manager.create(padded(tokens.ids())),
                    manager.create(mask),
                    manager.create(padded(tokens.typeIds())));
        }

        @Override
        public float[] processOutput(TranslatorContext context, NDList list) {
            return list.singletonOrThrow().toFloatArray();
        }

        @Override
        public Batchifier getBatchifier() {
            return Batchifier.STACK;
        }

        private static long[] padded(int[] values) {
            return Arrays.stream(Arrays.copyOf(values, LENGTH)).asLongStream().toArray();
        }
    }
}
