/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.torchscript.flow.FlowValue.AttributeWeight;
import org.lora4j.torchscript.flow.FlowValue.Weight;
import org.lora4j.torchscript.flow.Program;
import org.lora4j.torchscript.flow.WeightUse;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptValue;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/**
 * Attributes that are the same tensor, such as word embeddings and the head. A trace reads the
 * tensor by one of them and passes it to the modules of the others; each use is then that of the
 * module whose layer it is.
 */
final class TiedWeights {
    private record Key(String storage, long offset, String view) {}

    private final Program program;
    private final Map<Key, List<AttributeWeight>> groups = new HashMap<>();

    TiedWeights(Program program) {
        this.program = program;
        for (Map.Entry<String, Instance> module : program.modules().entrySet()) {
            Instance owner = module.getValue();
            if (!program.path(owner).equals(module.getKey())) {
                continue; // the module's second path
            }
            for (Map.Entry<String, ScriptValue> entry : Program.attributes(owner).entrySet()) {
                if (entry.getValue() instanceof ScriptTensor tensor) {
                    groups.computeIfAbsent(key(tensor), key -> new ArrayList<>())
                            .add(new AttributeWeight(owner, entry.getKey(), tensor));
                }
            }
        }
    }

    private static Key key(ScriptTensor tensor) {
        String view = tensor.shape() + " " + tensor.strides();
        return new Key(tensor.storage().key(), tensor.offset(), view);
    }

    /** All attributes that are the tensor of one, itself included. */
    List<AttributeWeight> of(Weight weight) {
        return weight instanceof AttributeWeight
                ? groups.getOrDefault(key(weight.tensor()), List.of())
                : List.of();
    }

    /** The attribute whose layer a use is. */
    Weight ownerOf(WeightUse use) {
        List<AttributeWeight> group = of(use.weight());
        if (group.size() < 2) {
            return use.weight();
        }
        if (use.byParameter()) {
            for (AttributeWeight member : group) {
                if (member.owner() == use.module()) {
                    return member;
                }
            }
        }
        SiteKind kind = SiteKind.of(use);
        if (kind == null || isOfKind(use.weight(), kind)) {
            return use.weight();
        }
        // Inlined code has only one of the attributes, whichever layer is meant.
        List<AttributeWeight> suitable =
                group.stream().filter(member -> isOfKind(member, kind)).toList();
        return suitable.size() == 1 ? suitable.get(0) : use.weight();
    }

    private boolean isOfKind(Weight weight, SiteKind kind) {
        if (!(weight instanceof AttributeWeight attribute)) {
            return false;
        }
        String type = attribute.owner().type().name();
        return switch (kind.form()) {
            case LINEAR -> type.endsWith("Linear");
            case TRANSPOSED -> type.equals("Conv1D");
            case EMBEDDING -> type.endsWith("Embedding");
            case CONVOLUTION -> type.startsWith("Conv");
        };
    }

    /** The paths of the other attributes, in words. */
    String others(Weight weight) {
        List<String> paths = new ArrayList<>();
        for (AttributeWeight member : of(weight)) {
            if (!member.equals(weight)) {
                paths.add(Program.join(program.path(member.owner()), member.name()));
            }
        }
        return String.join(", ", paths);
    }
}
