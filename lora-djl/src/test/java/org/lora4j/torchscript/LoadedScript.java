/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.file.Path;
import java.util.Map;

/** An archive in DJL. */
final class LoadedScript implements AutoCloseable {
    private final Model model;

    private LoadedScript(Model model) {
        this.model = model;
    }

    static LoadedScript load(Path file) throws IOException {
        Model model = Model.newInstance("script", "PyTorch");
        try {
            model.load(
                    file.toAbsolutePath().getParent(),
                    String.valueOf(file.getFileName()),
                    Map.of("trainParam", "true"));
        } catch (MalformedModelException e) {
            model.close();
            throw new IOException(e);
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
        LoadedScript script = new LoadedScript(model);
        script.freeze();
        return script;
    }

    private void freeze() {
        model.getBlock()
                .getParameters()
                .forEach(entry -> entry.getValue().freeze(!entry.getKey().contains("lora_")));
    }

    /** Sets the flag of the module, which DJL leaves as the file was loaded. */
    void setTraining(boolean training) {
        PtSymbolBlock block = (PtSymbolBlock) model.getBlock();
        if (training) {
            JniUtils.enableTrainingMode(block);
        } else {
            JniUtils.enableInferenceMode(block);
        }
    }

    NDManager manager() {
        return model.getNDManager();
    }

    Parameter parameter(String path) {
        return model.getBlock().getParameters().get(path);
    }

    Iterable<String> parameters() {
        return model.getBlock().getParameters().keys();
    }

    NDArray forward(NDList inputs) {
        return forward(inputs, false);
    }

    private NDArray forward(NDList inputs, boolean training) {
        return model.getBlock()
                .forward(new ParameterStore(manager(), false), inputs, training)
                .singletonOrThrow();
    }

    /** Runs the model in training, and the backward pass of sum(probe * y). */
    NDArray backward(NDList inputs, NDArray probe) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = forward(inputs, true);
            freeze();
            collector.backward(y.mul(probe).sum());
            return y;
        }
    }

    /** The loss with other values of a parameter, which are put back. */
    double lossWith(String path, double[] values, NDList inputs, NDArray probe) {
        NDArray array = parameter(path).getArray();
        double[] old = array.toDoubleArray();
        try {
            set(array, values);
            // In training as before: this engine cannot go back to evaluation on one thread.
            NDArray y = forward(inputs, true);
            freeze();
            return y.mul(probe).sum().getDouble();
        } finally {
            set(array, old);
        }
    }

    private static void set(NDArray array, double[] values) {
        array.setRequiresGradient(false);
        array.set(DoubleBuffer.wrap(values));
        array.setRequiresGradient(true);
    }

    @Override
    public void close() {
        model.close();
    }
}
