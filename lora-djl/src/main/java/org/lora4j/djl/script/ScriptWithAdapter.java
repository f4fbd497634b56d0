/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.script;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.pass.AdapterVersion;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchModule;
import org.lora4j.torchscript.ScriptAdapter;

/**
 * The module of one adapter, on the base's memory and on the adapter's arrays.
 *
 * <p>Before its first pass the module is compared with the base: with B = 0 it must give the same
 * outputs, bit for bit.
 */
final class ScriptWithAdapter implements AutoCloseable {
    private final Block base;
    private final TorchModule module;
    private final List<Part> parts = new ArrayList<>();
    private final boolean keepsStatistics;
    private boolean isTraining;
    private boolean isVerified;
    private int running;
    private int waiting;

    /**
     * One adapted weight.
     *
     * @param first A as the adapter had it when its memory became the module's
     * @param second B likewise
     */
    private record Part(
            SubstitutedWeight weight,
            LoraAdapter adapter,
            String nameOfA,
            String nameOfB,
            NDArray first,
            NDArray second) {
        boolean isCurrent() {
            return adapter.a().getArray() == first && adapter.b().getArray() == second;
        }
    }

    ScriptWithAdapter(
            Block base,
            TorchModule module,
            Map<SubstitutedWeight, LoraAdapter> carriers,
            List<ScriptAdapter> adapters) {
        this.base = base;
        this.module = module;
        Map<String, NDArray> own = module.parameters();
        boolean statistics = false;
        for (Pair<String, Parameter> each : base.getParameters()) {
            NDArray array = own.get(each.getKey());
            if (array != null) {
                TorchModule.share(array, each.getValue().getArray());
            }
            statistics |= each.getKey().endsWith("running_mean");
        }
        keepsStatistics = statistics;
        int i = 0;
        for (Map.Entry<SubstitutedWeight, LoraAdapter> carrier : carriers.entrySet()) {
            ScriptAdapter names = adapters.get(i++);
            parts.add(
                    join(
                            carrier.getKey(),
                            carrier.getValue(),
                            names.attributeOfA(),
                            names.attributeOfB(),
                            own));
        }
        refuseDropout();
        own.values().stream().filter(array -> !array.isReleased()).forEach(NDArray::close);
    }

    /** A norm that trains would change the base's statistics, and the mode is one for all. */
    private void refuseDropout() {
        boolean drops = parts.stream().anyMatch(part -> drops(part.weight, part.adapter));
        if (keepsStatistics && drops) {
            throw new IllegalArgumentException(
                    "dropout cannot be applied to this TorchScript module: it has BatchNorms, whose"
                            + " statistics would change in the mode in which dropout drops. Use"
                            + " dropout 0");
        }
    }

    private static boolean drops(SubstitutedWeight weight, LoraAdapter adapter) {
        return weight.dropsInput() && adapter.spec().dropout() > 0;
    }

    /** Lets an adapter's A and B be those of the module. */
    private static Part join(
            SubstitutedWeight weight,
            LoraAdapter adapter,
            String nameOfA,
            String nameOfB,
            Map<String, NDArray> own) {
        NDArray first = become(adapter.a(), nameOfA, own);
        NDArray second = become(adapter.b(), nameOfB, own);
        return new Part(weight, adapter, nameOfA, nameOfB, first, second);
    }

    private static NDArray become(Parameter parameter, String name, Map<String, NDArray> own) {
        NDArray array = parameter.getArray();
        NDArray inModule = own.get(name);
        if (inModule == null) {
            throw new IllegalStateException(
                    "the rewritten TorchScript module has no " + name + " in " + own.keySet());
        }
        Torch.copyInto(inModule, array);
        inModule.setRequiresGradient(parameter.requiresGradient());
        array.intern(inModule);
        return array;
    }

    boolean isOf(AdapterVersion version) {
        Part part = parts.get(0);
        return part.weight.adapter(version) == part.adapter;
    }

    /** Returns whether the adapter has not been removed. */
    boolean isCarried() {
        return parts.stream().allMatch(part -> part.adapter.a().isInitialized());
    }

    NDList forward(ParameterStore store, NDList inputs, boolean training) {
        // norms are frozen: in a module that has some, a training pass runs as in evaluation
        enter(training && !keepsStatistics, inputs);
        try {
            if (training) {
                Device device = inputs.head().getDevice();
                for (Part part : parts) {
                    // a Trainer updates what was asked of its store
                    store.getValue(part.adapter.a(), device, true);
                    store.getValue(part.adapter.b(), device, true);
                }
            }
            return module.forward(inputs, training);
        } finally {
            leave();
        }
    }

    /** Begins a pass when none runs in the other mode. */
    private synchronized void enter(boolean trains, NDList inputs) {
        boolean interrupted = false;
        while (running > 0 && (isTraining != trains || waiting > 0 || !isReady())) {
            waiting += isTraining == trains ? 0 : 1;
            boolean other = isTraining != trains;
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            } finally {
                waiting -= other ? 1 : 0;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!isReady()) {
            prepare(inputs);
        }
        if (isTraining != trains) {
            module.setTraining(trains);
            isTraining = trains;
        }
        running++;
    }

    private synchronized void leave() {
        running--;
        if (running == 0) {
            notifyAll();
        }
    }

    private boolean isReady() {
        return isVerified && parts.stream().allMatch(Part::isCurrent);
    }

    private void prepare(NDList inputs) {
        takeUpNewArrays();
        if (isTraining) {
            module.setTraining(false);
            isTraining = false;
        }
        if (!isVerified) {
            verify(inputs);
            isVerified = true;
        }
    }

    /** Joins arrays that a parameter got since, such as by loading a checkpoint. */
    private void takeUpNewArrays() {
        if (parts.stream().allMatch(Part::isCurrent)) {
            return;
        }
        Map<String, NDArray> own = module.parameters();
        parts.replaceAll(
                part ->
                        part.isCurrent()
                                ? part
                                : join(part.weight, part.adapter, part.nameOfA, part.nameOfB, own));
        own.values().stream().filter(array -> !array.isReleased()).forEach(NDArray::close);
    }

    private void verify(NDList inputs) {
        try (NDManager scope = inputs.head().getManager().newSubManager()) {
            NDList expected = base(scope, inputs);
            NDList found = withoutB(scope, inputs);
            if (!Outputs.areEqual(expected, found)
                    && Outputs.areEqual(expected, base(scope, inputs))) {
                throw new IllegalStateException(
                        ("the TorchScript module was rewritten for an adapter, and with B = 0 its"
                                        + " outputs are not those of the original: %s. It is not"
                                        + " used. Please report this with the module's code; other"
                                        + " target modules may do")
                                .formatted(Outputs.difference(expected, found)));
            }
        }
    }

    private NDList base(NDManager scope, NDList inputs) {
        // sets the mode, which its block knows and does not tell
        base.forward(new ParameterStore(scope, false), inputs, false).close();
        NDList outputs = TorchModule.evaluate(base, inputs);
        outputs.attach(scope);
        return outputs;
    }

    private NDList withoutB(NDManager scope, NDList inputs) {
        List<NDArray> saved = new ArrayList<>();
        for (Part part : parts) {
            NDArray copy = part.second.duplicate();
            copy.attach(scope);
            saved.add(copy);
        }
        try {
            for (Part part : parts) {
                try (NDArray zeros = part.second.zerosLike()) {
                    Torch.copyInto(part.second, zeros);
                }
            }
            NDList outputs = module.forward(inputs, false);
            outputs.attach(scope);
            return outputs;
        } finally {
            for (int i = 0; i < saved.size(); i++) {
                Torch.copyInto(parts.get(i).second, saved.get(i));
            }
        }
    }

    @Override
    public void close() {
        module.close();
    }
}
