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
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    private final Map<SubstitutedWeight, LoraAdapter> carriers;
    private final List<Joined> joined = new ArrayList<>();
    private final boolean keepsStatistics;
    private boolean isTraining;
    private boolean isVerified;
    private int running;
    private int waiting;

    /** What a parameter of an adapter is. */
    private enum Role {
        A,
        B,
        COPY
    }

    /**
     * A parameter of the adapter whose memory is the module's.
     *
     * @param role A, B, or a copy of one of the base's parameters
     * @param name what the module calls it
     * @param array as the adapter had it when its memory became the module's
     */
    private record Joined(Role role, Parameter parameter, String name, NDArray array) {
        boolean isCurrent() {
            return parameter.getArray() == array;
        }
    }

    /**
     * Joins an adapter and its module.
     *
     * @param carriers the adapter in the weights that carry it
     * @param adapters what the module has for each, in their order
     * @param copies the adapter's copies of the script's parameters, by their paths in it
     */
    ScriptWithAdapter(
            Block base,
            TorchModule module,
            Map<SubstitutedWeight, LoraAdapter> carriers,
            List<ScriptAdapter> adapters,
            Map<String, Parameter> copies) {
        this.base = base;
        this.module = module;
        this.carriers = Map.copyOf(carriers);
        Map<String, NDArray> own = module.parameters();
        boolean statistics = false;
        for (Pair<String, Parameter> each : base.getParameters()) {
            NDArray array = own.get(each.getKey());
            if (array != null && !copies.containsKey(each.getKey())) {
                TorchModule.share(array, each.getValue().getArray());
            }
            statistics |= each.getKey().endsWith("running_mean");
        }
        keepsStatistics = statistics;
        refuseDropout();
        int i = 0;
        for (LoraAdapter adapter : carriers.values()) {
            ScriptAdapter names = adapters.get(i++);
            joined.add(join(Role.A, adapter.a(), names.attributeOfA(), own));
            joined.add(join(Role.B, adapter.b(), names.attributeOfB(), own));
        }
        copies.forEach((name, copy) -> joined.add(join(Role.COPY, copy, name, own)));
        free(own);
    }

    private static void free(Map<String, NDArray> handles) {
        handles.values().stream().filter(array -> !array.isReleased()).forEach(NDArray::close);
    }

    /** A norm that trains would change the base's statistics, and the mode is one for all. */
    private void refuseDropout() {
        boolean drops =
                carriers.entrySet().stream()
                        .anyMatch(
                                one ->
                                        one.getKey().dropsInput()
                                                && one.getValue().spec().dropout() > 0);
        if (keepsStatistics && drops) {
            throw new IllegalArgumentException(
                    "dropout cannot be applied to this TorchScript module: it has BatchNorms, whose"
                            + " statistics would change in the mode in which dropout drops. Use"
                            + " dropout 0");
        }
    }

    /** Lets the memory of a parameter be that of a tensor of the module. */
    private static Joined join(
            Role role, Parameter parameter, String name, Map<String, NDArray> own) {
        NDArray array = parameter.getArray();
        NDArray inModule = own.get(name);
        if (inModule == null) {
            throw new IllegalStateException(
                    "the rewritten TorchScript module has no " + name + " in " + own.keySet());
        }
        Torch.copyInto(inModule, array);
        inModule.setRequiresGradient(parameter.requiresGradient());
        array.intern(inModule);
        return new Joined(role, parameter, name, array);
    }

    boolean isOf(AdapterVersion version) {
        Map.Entry<SubstitutedWeight, LoraAdapter> one = carriers.entrySet().iterator().next();
        return one.getKey().adapter(version) == one.getValue();
    }

    /** Returns whether the adapter has not been removed. */
    boolean isCarried() {
        return carriers.values().stream().allMatch(adapter -> adapter.a().isInitialized());
    }

    NDList forward(ParameterStore store, NDList inputs, boolean training) {
        // norms are frozen: in a module that has some, a training pass runs as in evaluation
        enter(training && !keepsStatistics, inputs);
        try {
            if (training) {
                Device device = inputs.head().getDevice();
                // a Trainer updates what was asked of its store
                joined.forEach(one -> store.getValue(one.parameter, device, true));
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
        return isVerified && joined.stream().allMatch(Joined::isCurrent);
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
        if (joined.stream().allMatch(Joined::isCurrent)) {
            return;
        }
        Map<String, NDArray> own = module.parameters();
        joined.replaceAll(
                one -> one.isCurrent() ? one : join(one.role, one.parameter, one.name, own));
        free(own);
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
        // with the base's own values in the place of copies, and no B
        IdentityHashMap<NDArray, NDArray> saved = new IdentityHashMap<>();
        Map<String, NDArray> values = new LinkedHashMap<>();
        base.getParameters().forEach(p -> values.put(p.getKey(), p.getValue().getArray()));
        try {
            for (Joined one : joined) {
                if (one.role != Role.A) {
                    save(one.array, saved, scope);
                }
                if (one.role == Role.B) {
                    try (NDArray zeros = one.array.zerosLike()) {
                        Torch.copyInto(one.array, zeros);
                    }
                } else if (one.role == Role.COPY) {
                    Torch.copyInto(one.array, Objects.requireNonNull(values.get(one.name)));
                }
            }
            NDList outputs = module.forward(inputs, false);
            outputs.attach(scope);
            return outputs;
        } finally {
            saved.forEach(Torch::copyInto);
        }
    }

    private static void save(
            NDArray array, IdentityHashMap<NDArray, NDArray> saved, NDManager scope) {
        NDArray copy = array.duplicate();
        copy.attach(scope);
        saved.put(array, copy);
    }

    @Override
    public void close() {
        module.close();
    }
}
