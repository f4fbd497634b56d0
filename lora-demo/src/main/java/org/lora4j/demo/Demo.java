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
import org.lora4j.torch.TensorDtype;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.WarmUp;

/** The demonstration, in which a small language model learns to read addresses. */
public final class Demo {
    /** The rows of a batch, each filled with whole addresses. */
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
        demo.run(DemoRun.Method.LORA);
        if (plan.compare()) {
            demo.run(DemoRun.Method.FULL);
        }
    }

    private void run(DemoRun.Method method) throws IOException {
        host.starts(method);
        boolean lora = method == DemoRun.Method.LORA;
        TensorDtype dtype = lora ? DemoPrecision.ofThisMachine() : TensorDtype.F32;
        LoadOptions options =
                LoadOptions.defaults().withDevice(device).withSeed(plan.seed()).withDtype(dtype);
        try (LoraModel model = LoraModel.load(plan.base(), Task.causalLanguageModel(), options)) {
            if (lora) {
                model.addAdapter(Lora.DEFAULT_ADAPTER, config());
            } else {
                model.trainAll();
            }
            TrainableParameters parameters = model.trainableParameters();
            host.loaded(parameters);
            AddressExam exam = new AddressExam(model, unseen, ROW_TOKENS);
            AddressExam testExam = test == null ? null : new AddressExam(model, test, ROW_TOKENS);
            List<Boolean> before = exam.take();
            if (lora) {
                host.examined(false, before, answers(model));
            }
            Path directory = plan.directory().resolve(lora ? "adapter" : "full");
            Files.createDirectories(directory);
            LoraTrainingResult result = train(model, lora ? LORA_RATE : FULL_RATE, directory);
            if (lora) {
                model.saveAdapter(Lora.DEFAULT_ADAPTER, directory);
            } else {
                model.save(directory);
            }
            List<Boolean> after = exam.take();
            if (lora) {
                host.examined(true, after, answers(model));
            }
            List<Boolean> tested = testExam == null ? null : testExam.take();
            host.finished(
                    new DemoRun(method, directory, parameters, result, before, after, tested));
        }
    }

    private LoraConfig config() {
        return LoraConfig.builder()
                .setRank(RANK)
                .setAlpha(ALPHA)
                .optTargetModules("all-linear")
                .optSeed(plan.seed())
                .build();
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
        LearningRateSchedule schedule = LearningRateSchedule.linear(WarmUp.ofRatio(WARM_UP));
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
                                                .optSchedule(schedule)),
                directory);
    }

    /** Returns what the model writes for the first of the unseen addresses. */
    private List<DemoAnswer> answers(LoraModel model) {
        List<Address> shown = unseen.subList(0, Math.min(SHOWN, unseen.size()));
        return AddressPrompts.answers(model, shown);
    }
}
