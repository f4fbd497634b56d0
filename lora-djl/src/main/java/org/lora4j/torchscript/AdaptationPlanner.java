/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchscript.AdaptationPlan.Change;
import org.lora4j.torchscript.AdaptationPlan.Refusal;
import org.lora4j.torchscript.code.CodeClass;
import org.lora4j.torchscript.flow.FlowValue.AttributeWeight;
import org.lora4j.torchscript.flow.FlowValue.ConstantWeight;
import org.lora4j.torchscript.flow.FlowValue.Weight;
import org.lora4j.torchscript.flow.Program;
import org.lora4j.torchscript.flow.WeightFlow;
import org.lora4j.torchscript.flow.WeightRead;
import org.lora4j.torchscript.flow.WeightUse;
import org.lora4j.torchscript.merge.MergedStorage;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/**
 * Decides how each weight of a program can be adapted: at the layer's calls where every reachable
 * use of it is such a call, else where it is read, else not.
 */
final class AdaptationPlanner {
    private static final Set<TensorDtype> DTYPES =
            Set.of(TensorDtype.F64, TensorDtype.F32, TensorDtype.F16, TensorDtype.BF16);

    private final Program program;
    private final WeightFlow flow;
    private final TiedWeights ties;
    private final Map<Weight, List<WeightUse>> uses = new HashMap<>();
    private final Map<Weight, List<WeightRead>> reads = new HashMap<>();
    private final @Nullable String quantized;

    AdaptationPlanner(Program program) {
        this.program = program;
        this.flow = WeightFlow.of(program);
        this.ties = new TiedWeights(program);
        for (WeightUse use : flow.uses()) {
            uses.computeIfAbsent(ties.ownerOf(use), key -> new ArrayList<>()).add(use);
        }
        for (WeightRead read : flow.reads()) {
            reads.computeIfAbsent(read.weight(), key -> new ArrayList<>()).add(read);
        }
        this.quantized =
                flow.calledNames().stream()
                        .filter(name -> name.startsWith("ops.quantized."))
                        .findFirst()
                        .map(
                                name ->
                                        ("the model is dynamically quantized to int8 (%s), through"
                                                        + " which no gradient flows: export the"
                                                        + " model before quantizing it")
                                                .formatted(name))
                        .orElse(null);
    }

    TiedWeights ties() {
        return ties;
    }

    /** The uses that belong to a weight. */
    List<WeightUse> uses(Weight weight) {
        return uses.getOrDefault(weight, List.of());
    }

    AdaptationPlan plan(Weight weight, @Nullable ScriptForm wanted) {
        String objection = objection(weight);
        if (objection != null) {
            return new Refusal(objection);
        }
        List<WeightUse> own = uses(weight);
        Instance holder = holder(weight, own);
        if (holder == null) {
            return new Refusal(
                    "it is a constant in the code of several modules, none of which can hold A and"
                            + " B for all: export the model without torch.jit.freeze");
        }
        int dimensions = weight.tensor().shape().dimension();
        ScriptForm natural = naturalForm(weight, own);
        ScriptForm form = wanted == null ? natural : wanted;
        if (!form.fits(dimensions)) {
            return new Refusal(
                    "it has %d dimensions, which the form %s does not have"
                            .formatted(dimensions, form));
        }
        String obstacle = activationObstacle(weight, own, holder, form);
        SiteKind kind = obstacle == null ? SiteKind.of(own.get(0)) : null;
        return kind == null
                ? weightMode(weight, own, holder, form, String.valueOf(obstacle))
                : new Change(weight, holder, kind, form, own, List.of(), "");
    }

    /** Why no weight of the model can be adapted, or null. */
    @Nullable String quantized() {
        return quantized;
    }

    /** Why a weight cannot be merged, or null. */
    @Nullable String mergeObjection(Weight weight) {
        String objection = tensorObjection(weight.tensor());
        if (objection != null) {
            return objection;
        }
        if (!MergedStorage.canMerge(weight.tensor())) {
            return "its strides do not tell its elements apart";
        }
        return uses(weight).isEmpty() ? unused(weight) : null;
    }

    /** The form that suits a weight. */
    ScriptForm form(Weight weight) {
        return naturalForm(weight, uses(weight));
    }

    private @Nullable String objection(Weight weight) {
        String objection = tensorObjection(weight.tensor());
        return objection == null ? codeObjection(weight) : objection;
    }

    private static @Nullable String tensorObjection(ScriptTensor tensor) {
        Optional<TensorDtype> dtype = tensor.dtype();
        if (dtype.isEmpty() || !DTYPES.contains(dtype.get())) {
            return "it has elements of %s; expected float64, float32, float16 or bfloat16"
                    .formatted(tensor.storage().type());
        }
        if (tensor.shape().dimension() < 2) {
            return "it has %d dimensions; LoRA needs a matrix"
                    .formatted(tensor.shape().dimension());
        }
        if (tensor.shape().size() == 0 || tensor.shape().size() > tensor.storage().elements()) {
            return "it has no element, or one place of its storage stands for several";
        }
        return null;
    }

    private @Nullable String codeObjection(Weight weight) {
        if (weight instanceof AttributeWeight attribute) {
            CodeClass type = program.codeClass(attribute.owner());
            if (type == null || !type.parameters().names().contains(attribute.name())) {
                return "it is a buffer, not a parameter";
            }
            if (flow.isReadElsewhere(attribute.name())) {
                return ("the code reads an attribute %s of something that is known only when it"
                                + " runs: trace the model instead of scripting it")
                        .formatted(attribute.name());
            }
        }
        if (flow.isWritten(weight)) {
            return "the code assigns to it";
        }
        if (quantized != null) {
            return quantized;
        }
        return useObjection(weight);
    }

    private @Nullable String useObjection(Weight weight) {
        List<WeightUse> own = uses(weight);
        if (own.isEmpty()) {
            return unused(weight);
        }
        for (WeightUse use : own) {
            if (use.argument() == 0 && use.user().matches("torch\\..*[a-z]_")) {
                return "the code changes it in place (%s)".formatted(use.user());
            }
        }
        List<String> fused =
                own.stream().map(WeightUse::user).filter(AdaptationPlanner::isFused).toList();
        if (fused.size() == own.size()) {
            return ("the model was traced under torch.no_grad into the fused %s, which has no"
                            + " gradient: trace it again with gradients enabled, or in training"
                            + " mode, so that its layers stand in the trace")
                    .formatted(fused.get(0).replaceFirst("^torch\\.", ""));
        }
        return null;
    }

    private String unused(Weight weight) {
        String others = ties.others(weight);
        return others.isEmpty()
                ? "no code that runs uses it"
                : "no code that runs uses it by this name: it is the same tensor as " + others;
    }

    private static boolean isFused(String operation) {
        return operation.equals("torch._transformer_encoder_layer_fwd")
                || operation.equals("torch._native_multi_head_attention")
                || operation.startsWith("ops.mkldnn_prepacked.")
                || operation.startsWith("ops.prepacked.");
    }

    private @Nullable Instance holder(Weight weight, List<WeightUse> own) {
        if (weight instanceof AttributeWeight attribute) {
            return attribute.owner();
        }
        Instance holder = own.get(0).module();
        return own.stream().allMatch(use -> use.module() == holder) ? holder : null;
    }

    private static ScriptForm naturalForm(Weight weight, List<WeightUse> own) {
        if (weight.tensor().shape().dimension() > 2) {
            return ScriptForm.CONVOLUTION;
        }
        Set<ScriptForm> forms = new LinkedHashSet<>();
        for (WeightUse use : own) {
            SiteKind kind = SiteKind.of(use);
            if (kind != null && kind.form().fits(2)) {
                forms.add(kind.form());
            }
        }
        if (forms.size() == 1) {
            return forms.iterator().next();
        }
        String type =
                weight instanceof AttributeWeight attribute ? attribute.owner().type().name() : "";
        if (type.endsWith("Embedding")) {
            return ScriptForm.EMBEDDING;
        }
        return type.equals("Conv1D") ? ScriptForm.TRANSPOSED : ScriptForm.LINEAR;
    }

    /** What keeps a weight from activation mode, or null. */
    private @Nullable String activationObstacle(
            Weight weight, List<WeightUse> own, Instance holder, ScriptForm form) {
        SiteKind first = SiteKind.of(own.get(0));
        for (WeightUse use : own) {
            SiteKind kind = SiteKind.of(use);
            if (kind == null) {
                return "it is used by " + use.user();
            }
            if (kind != first) {
                return "it is used by several operations";
            }
            if (kind.form() != form) {
                return "the form %s was asked for".formatted(form);
            }
            CodeClass type = program.codeClass(use.module());
            if (use.call() == null || type == null) {
                return "it is used by " + use.user();
            }
            String objection =
                    kind.objection(use.call(), type.tokens(), weight.tensor().shape().dimension());
            if (objection != null) {
                return "it is used by " + objection;
            }
            if (program.route(use.module(), holder) == null) {
                return "it is used in another module's code";
            }
        }
        return null;
    }

    private AdaptationPlan weightMode(
            Weight weight, List<WeightUse> own, Instance holder, ScriptForm form, String reason) {
        List<WeightRead> of = reads.getOrDefault(weight, List.of());
        boolean allOwn =
                flow.uses().stream()
                        .filter(use -> use.weight().equals(weight))
                        .allMatch(use -> ties.ownerOf(use).equals(weight));
        boolean readsAlone = own.stream().allMatch(use -> use.weight().equals(weight));
        boolean inList = own.stream().anyMatch(use -> use.list() != null);
        if (allOwn && readsAlone && !inList && !of.isEmpty() && reach(of, holder)) {
            return new Change(weight, holder, null, form, own, of, reason);
        }
        if (own.stream().allMatch(use -> program.route(use.module(), holder) != null)) {
            return new Change(weight, holder, null, form, own, List.of(), reason);
        }
        return new Refusal(
                "it is read and used in modules that cannot reach each other's attributes: "
                        + reason);
    }

    private boolean reach(List<WeightRead> all, Instance holder) {
        return all.stream().allMatch(read -> program.route(read.module(), holder) != null);
    }

    /** The weight of a parameter's path, or null if there is none. */
    static @Nullable Weight find(Program program, String path) {
        int dot = path.lastIndexOf('.');
        return find(program, dot < 0 ? "" : path.substring(0, dot), path.substring(dot + 1));
    }

    /** The weight of a module's path and a name, or null if there is none. */
    static @Nullable Weight find(Program program, String module, String parameter) {
        if (module.equals(ScriptTarget.CONSTANTS)) {
            if (parameter.matches("c[0-9]{1,9}")) {
                int index = Integer.parseInt(parameter.substring(1));
                if (index < program.constants().size()
                        && program.constants().get(index) instanceof ScriptTensor tensor) {
                    return new ConstantWeight(parameter, tensor);
                }
            }
            return null;
        }
        Instance owner = program.modules().get(module);
        return owner != null && Program.attribute(owner, parameter) instanceof ScriptTensor tensor
                ? new AttributeWeight(owner, parameter, tensor)
                : null;
    }
}
