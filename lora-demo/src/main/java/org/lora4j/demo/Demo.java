/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.LoraConfig;
import org.lora4j.demo.address.Address;
import org.lora4j.demo.address.AddressFile;
import org.lora4j.demo.address.AddressGenerator;
import org.lora4j.demo.address.Split;
import org.lora4j.djl.Lora;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.safetensors.TensorDtype;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.WarmUp;

/** The demonstration: a small language model that cannot read addresses learns to. */
public final class Demo {
    /** A batch is so many rows, each filled with whole addresses. */
    private static final int ROWS = 2;

    private static final int ROW_TOKENS = 512;
    private static final int RANK = 16;
    private static final int ALPHA = 32;
    private static final double LORA_RATE = 5e-3;
    private static final double FULL_RATE = 1e-3;
    private static final double WARM_UP = 0.05;
    private static final double CLIP = 1;
    private static final int SHOWN = 3;

    private final DemoPlan plan;
    private final Device device;
    private final DemoHost host;
    private final List<Address> train;
    private final List<Address> unseen;
    private final @Nullable List<Address> test;

    private Demo(DemoPlan plan, Device device, DemoHost host) throws IOException {
        this.plan = plan;
        this.device = device;
        this.host = host;
        test = plan.test() == null ? null : AddressFile.read(plan.test());
        train = new AddressGenerator(plan.seed(), Split.TRAINING).take(plan.addresses());
        unseen = new AddressGenerator(plan.seed(), Split.TEST).take(plan.unseen());
        DemoBase.unpack(plan.base());
        AddressPrompts.write(plan.trainingData(), train);
        AddressPrompts.write(plan.directory().resolve("unseen.jsonl"), unseen);
    }

    /**
     * Runs a demonstration. Its directory gets the base, the addresses as a training reads them,
     * and the adapter.
     *
     * @param plan what it does
     * @param device what the model runs on
     * @param host shows it
     * @throws IOException if the plan's test file cannot be read, or the directory not be written
     */
    public static void run(DemoPlan plan, Device device, DemoHost host) throws IOException {
        Demo demo = new Demo(plan, device, host);
        demo.lora();
        if (plan.compare()) {
            demo.full();
        }
    }

    private LoraModel load(TensorDtype dtype) throws IOException {
        LoadOptions options =
                LoadOptions.defaults().withDevice(device).withSeed(plan.seed()).withDtype(dtype);
        return LoraModel.load(plan.base(), Task.causalLanguageModel(), options);
    }

    private void lora() throws IOException {
        host.starts(DemoRun.Method.LORA);
        try (LoraModel model = load(DemoPrecision.ofThisMachine())) {
            LoraConfig config =
                    LoraConfig.builder()
                            .setRank(RANK)
                            .setAlpha(ALPHA)
                            .optTargetModules("all-linear")
                            .optSeed(plan.seed())
                            .build();
            model.addAdapter(Lora.DEFAULT_ADAPTER, config);
            TrainableParameters parameters = model.trainableParameters();
            host.loaded(parameters);
            Examination examination = new Examination(model);
            List<Boolean> before = examination.unseen(model);
            host.examined(false, before, answers(model));
            Path adapter = Files.createDirectories(plan.directory().resolve("adapter"));
            LoraTrainingResult result = train(model, LORA_RATE, adapter);
            model.saveAdapter(Lora.DEFAULT_ADAPTER, adapter);
            List<Boolean> after = examination.unseen(model);
            host.examined(true, after, answers(model));
            List<Boolean> tested = examination.test(model);
            host.finished(
                    new DemoRun(
                            DemoRun.Method.LORA,
                            adapter,
                            parameters,
                            result,
                            before,
                            after,
                            tested));
        }
    }

    private void full() throws IOException {
        host.starts(DemoRun.Method.FULL);
        try (LoraModel model = load(TensorDtype.F32)) {
            model.trainAll();
            TrainableParameters parameters = model.trainableParameters();
            host.loaded(parameters);
            Examination examination = new Examination(model);
            List<Boolean> before = examination.unseen(model);
            Path directory = Files.createDirectories(plan.directory().resolve("full"));
            LoraTrainingResult result = train(model, FULL_RATE, directory);
            model.save(directory);
            host.finished(
                    new DemoRun(
                            DemoRun.Method.FULL,
                            directory,
                            parameters,
                            result,
                            before,
                            examination.unseen(model),
                            examination.test(model)));
        }
    }

    private LoraTrainingResult train(LoraModel model, double rate, Path directory)
            throws IOException {
        BatchOptions batches =
                BatchOptions.defaults()
                        .withBatchSize(ROWS)
                        .withMaxLength(ROW_TOKENS)
                        .withSeed(plan.seed());
        CausalDataset data =
                CausalDataset.forTraining(
                        model,
                        AddressPrompts.samples("the addresses", train),
                        CausalOptions.defaults().withBatches(batches));
        return host.train(
                LoraTrainer.builder(model)
                        .setDataset(data)
                        .optEpochs(1)
                        .optConfig(
                                c ->
                                        c.optSeed(plan.seed())
                                                .optBetas(0.9, 0.98)
                                                .optLearningRate(rate)
                                                .optWeightDecay(0)
                                                .optClipNorm(CLIP)
                                                .optSchedule(
                                                        LearningRateSchedule.linear(
                                                                WarmUp.ofRatio(WARM_UP)))),
                directory);
    }

    /** What the model writes for the first of the unseen addresses. */
    private List<DemoAnswer> answers(LoraModel model) {
        List<Address> shown = unseen.subList(0, Math.min(SHOWN, unseen.size()));
        return AddressPrompts.answers(model, shown);
    }

    /** The examinations of a model's tokenizer. */
    private final class Examination {
        private final AddressExam unseenExam;
        private final @Nullable AddressExam testExam;

        Examination(LoraModel model) {
            unseenExam = new AddressExam(model, unseen, ROW_TOKENS);
            testExam = test == null ? null : new AddressExam(model, test, ROW_TOKENS);
        }

        List<Boolean> unseen(LoraModel model) {
            return unseenExam.take(model);
        }

        @Nullable List<Boolean> test(LoraModel model) {
            return testExam == null ? null : testExam.take(model);
        }
    }
}
