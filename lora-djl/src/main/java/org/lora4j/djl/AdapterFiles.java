/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.adapter.ModuleScales;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.form.AdapterInit;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.part.Ia3Linear;
import org.lora4j.block.part.PartHost;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Bias;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.TargetModules;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.djl.parameter.ParameterSites;
import org.lora4j.djl.tie.TiedTables;
import org.lora4j.torch.Finite;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchModule;

/**
 * Converts between the adapters of a block tree and PEFT's files. Forms that PEFT lacks are written
 * as forms of the same effect, or refused by name.
 */
public final class AdapterFiles {
    private AdapterFiles() {}

    /**
     * Returns an adapter in the form of PEFT's directory, and warns of trained parameters that are
     * not part of it. MergedLinear becomes a plain adapter of rank r·g with a block-diagonal B and
     * alpha scaled to the same s; fan_in_fan_out is set where an adapted weight is [in, out].
     *
     * @param root the tree
     * @param adapter the adapter's name
     * @param file its configuration
     * @param notes values for which PEFT's files have no place, or null; the forms of weights that
     *     PEFT has no layer for are added
     * @param scope the manager that gets new arrays; the others stay the tree's
     * @return the adapter, to be written before the scope is closed
     * @throws IllegalArgumentException if the tree has no such adapter
     * @throws UnsupportedOperationException if a layer's form has no equal in PEFT's files
     */
    public static PeftAdapter export(
            Block root,
            String adapter,
            PeftConfigFile file,
            @Nullable AdapterNotes notes,
            NDManager scope) {
        return export(root, adapter, file, notes, scope, layer -> layer.exported(scope, adapter));
    }

    /**
     * Returns an adapter as plain LoRA on the base as it is: one that began with PiSSA or OLoRA
     * gets rank 2r, A' = [A; A0] and B' = [B, -B0], and an alpha that keeps the scaling; one of
     * KaSA, [B diag(d), -B0]. This is what PEFT's save_pretrained does with
     * path_initial_model_for_weight_conversion; unlike there, patterns with rsLoRA, magnitudes,
     * embeddings and modules trained whole are kept.
     *
     * @param root the tree
     * @param adapter the adapter's name
     * @param file its configuration
     * @param notes values for which PEFT's files have no place, or null
     * @param scope the manager that gets new arrays; the others stay the tree's
     * @return the adapter, to be written before the scope is closed
     * @throws IllegalArgumentException if the tree has no such adapter
     * @throws IllegalStateException if a tensor has NaN or infinite values
     * @throws UnsupportedOperationException if a layer's form has no equal in PEFT's files
     */
    public static PeftAdapter exportAsLora(
            Block root,
            String adapter,
            PeftConfigFile file,
            @Nullable AdapterNotes notes,
            NDManager scope) {
        LoraConfig lora = file.lora();
        PeftConfigFile plain =
                lora.init().isPartOfWeight() || lora.variant() instanceof LoraVariant.Kasa
                        ? file.withLora(
                                lora.toBuilder()
                                        .optInit(Init.KAIMING_UNIFORM)
                                        .optInitIterations(0)
                                        .optVariant(LoraVariant.plain())
                                        .build())
                        : file;
        PeftAdapter made =
                export(
                        root,
                        adapter,
                        plain,
                        notes,
                        scope,
                        layer -> layer.exportedAsLora(scope, adapter));
        made.tensors()
                .forEach(
                        (name, array) -> {
                            if (!Finite.all(array)) {
                                throw new IllegalStateException(
                                        ("%s of the adapter \"%s\" has NaN or infinite values, so"
                                                        + " it has no plain form; nothing was"
                                                        + " written")
                                                .formatted(name, adapter));
                            }
                        });
        return made;
    }

    private static PeftAdapter export(
            Block root,
            String adapter,
            PeftConfigFile file,
            @Nullable AdapterNotes notes,
            NDManager scope,
            Function<AdaptedLayer, Map<String, NDArray>> exported) {
        UnsavedParts.tell(root, adapter);
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        Map<String, String> forms = new LinkedHashMap<>();
        Map<String, ModuleScales.Scale> scales = new LinkedHashMap<>();
        boolean fanInFanOut = file.fanInFanOut();
        ParameterSites parameters =
                ParameterSites.of(
                        file.method() instanceof LoraConfig lora
                                ? lora.targetParameters()
                                : List.of(),
                        BaseCopies.byPath(root));
        for (AdapterHost host : BlockTree.hosts(root)) {
            Map<String, NDArray> arrays = new LinkedHashMap<>();
            if (host instanceof AdaptedLayer layer) {
                arrays.putAll(exported.apply(layer));
                LoraAdapter pair = layer.adapter(adapter).orElse(null);
                if (pair != null && pair.spec().ofParameter()) {
                    scales.put(
                            site(parameters, layer).path(),
                            new ModuleScales.Scale(pair.spec().rank(), pair.spec().alpha()));
                } else if (pair != null) {
                    WeightForms.name(layer, pair).ifPresent(form -> forms.put(layer.path(), form));
                    NDArray a = arrays.values().iterator().next();
                    scales.put(layer.path(), scale(pair.spec(), a, file.lora().rslora()));
                    fanInFanOut |= isTransposed(layer);
                }
            } else {
                arrays.putAll(arrays(host, adapter, scope));
                fanInFanOut |=
                        host instanceof Ia3Linear
                                && !arrays.isEmpty()
                                && host.base() instanceof TransposedLinear;
            }
            arrays.forEach(
                    (suffix, array) -> tensors.put(name(parameters, host, adapter, suffix), array));
            if (host instanceof SavedModule module && file.method().bias() == Bias.ALL) {
                PeftBiases.repeated(module, adapter)
                        .forEach((path, parameter) -> tensors.put(path, parameter.getArray()));
            }
        }
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException(
                    "the tree has no adapter \"" + adapter + "\" to write");
        }
        PeftConfigFile written =
                scales.isEmpty() || ModuleScales.fits(file.lora(), scales)
                        ? file
                        : file.withLora(ModuleScales.configure(file.lora().toBuilder(), scales));
        return new PeftAdapter(
                fanInFanOut == file.fanInFanOut() ? written : written.withFanInFanOut(fanInFanOut),
                tensors,
                forms.isEmpty() ? notes : withForms(notes, file.lora(), forms));
    }

    /**
     * Returns an injection's configuration for PEFT's files, with the layers' names in the place of
     * a word that PEFT would resolve differently. PEFT does not know "all-layers", and from
     * "all-linear" it leaves out the output head of the Python model, which a script does not tell.
     *
     * @param root the tree
     * @param injection what was adapted
     */
    public static AdapterConfig named(Block root, Injection injection) {
        AdapterConfig config = injection.config();
        boolean inScript =
                injection.layers().stream()
                        .anyMatch(
                                layer ->
                                        layer instanceof SubstitutedWeight weight
                                                && TorchModule.isOne(weight.owner()));
        TargetModules.Kind kind = config.targets().kind();
        return kind == TargetModules.Kind.ALL_LAYERS
                        || (kind == TargetModules.Kind.ALL_LINEAR && inScript)
                ? TargetMatcher.exactly(config, injection.match().adapted(), Lora.candidates(root))
                : config;
    }

    private static Map<String, NDArray> arrays(AdapterHost host, String adapter, NDManager scope) {
        if (host instanceof PartHost part) {
            return part.exported(scope, adapter);
        }
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        host.tensors(adapter).forEach((name, p) -> arrays.put(name, p.getArray()));
        return arrays;
    }

    /** Returns the name of a host's tensor in a file. */
    private static String name(
            ParameterSites parameters, AdapterHost host, String adapter, String suffix) {
        if (host instanceof AdaptedLayer layer
                && layer.adapter(adapter).filter(pair -> pair.spec().ofParameter()).isPresent()) {
            return site(parameters, layer).prefix() + "." + suffix;
        }
        return host instanceof PartHost part ? part.fileName(suffix) : host.path() + "." + suffix;
    }

    private static ParameterSites.Site site(ParameterSites parameters, AdaptedLayer layer) {
        Parameter weight =
                layer instanceof SubstitutedWeight own
                        ? own.parameter()
                        : LoraLayers.weight(layer.base()).orElseThrow();
        return Objects.requireNonNull(parameters.of(weight), layer.path());
    }

    private static AdapterNotes withForms(
            @Nullable AdapterNotes notes, LoraConfig lora, Map<String, String> forms) {
        AdapterNotes known = notes == null ? AdapterNotes.of(List.of(), lora.seed()) : notes;
        return known.withWeightForms(forms);
    }

    private static boolean isTransposed(AdaptedLayer layer) {
        return layer.base() instanceof TransposedLinear
                || (layer instanceof SubstitutedWeight weight
                        && weight.layout() == WeightForm.Layout.TRANSPOSED);
    }

    /** Returns the rank of A in the file, and the alpha that gives the same scaling with it. */
    private static ModuleScales.Scale scale(AdapterSpec spec, NDArray a, boolean rslora) {
        int rank = Math.toIntExact(a.getShape().get(0));
        double factor = (double) rank / spec.rank();
        return new ModuleScales.Scale(
                rank,
                rank == spec.rank()
                        ? spec.alpha()
                        : spec.alpha() * (rslora ? Math.sqrt(factor) : factor));
    }

    /**
     * Puts a file's adapter into a tree, frozen and active: all of its tensors fit, or the tree is
     * as it was.
     *
     * @param root the tree
     * @param adapter the name that the adapter gets
     * @param config its numbers
     * @param match the modules that it is for
     * @param file what was read
     * @param directory where from, for messages
     * @return what was adapted
     * @throws org.lora4j.adapter.AdapterMismatchException if tensors are missing, of another shape
     *     or without a place; all of them are named
     * @throws IllegalArgumentException if a module cannot be adapted
     * @throws IOException if the tensors do not fit
     */
    public static Injection load(
            Block root,
            String adapter,
            AdapterConfig config,
            TargetMatch match,
            PeftAdapter file,
            Path directory)
            throws IOException {
        InjectionPlan.requireFree(root, adapter);
        return stage(root, adapter, config, match, file, directory).publish();
    }

    /**
     * Puts a file's adapter into a tree, frozen, where no pass sees it until it is published. If a
     * tensor does not fit, the tree is left as it was. The tree may have an adapter of the same
     * name.
     *
     * @param root the tree
     * @param adapter the name that the adapter is to get
     * @param config its numbers
     * @param match the modules that it is for
     * @param file what was read
     * @param directory where from, for messages
     * @return the adapter
     * @throws org.lora4j.adapter.AdapterMismatchException as {@link #load}
     * @throws IllegalArgumentException if a module cannot be adapted
     * @throws IOException if the tensors do not fit
     */
    public static UnpublishedAdapter stage(
            Block root,
            String adapter,
            AdapterConfig config,
            TargetMatch match,
            PeftAdapter file,
            Path directory)
            throws IOException {
        return stage(WeightSites.of(root), false, adapter, config, match, file, directory);
    }

    /**
     * Compares a file's adapter with a tree, of whose arrays only the shapes are read, as long as
     * the adapter has no copies of the base's weights.
     *
     * @param root the tree
     * @param config the adapter's numbers
     * @param match the modules that it is for
     * @param file what was read
     * @param directory where from, for messages
     * @throws org.lora4j.adapter.AdapterMismatchException if tensors are missing, of another shape
     *     or without a place; all of them are named
     * @throws IOException if the tensors do not fit
     */
    public static void check(
            Block root, LoraConfig config, TargetMatch match, PeftAdapter file, Path directory)
            throws IOException {
        WeightSites sites = WeightSites.of(root);
        LoraConfig shaped = WeightForms.ofFile(config, BaseCopies.byPath(root), file.tensors());
        AdapterTensors.check(sites, shaped, sites.expand(match), file.tensors(), directory);
    }

    /** As the other, where a frame may take the root's place. */
    static UnpublishedAdapter stage(
            WeightSites sites,
            boolean mayFrameRoot,
            String adapter,
            AdapterConfig config,
            TargetMatch match,
            PeftAdapter file,
            Path directory)
            throws IOException {
        TargetMatch expanded = sites.expand(match);
        AdapterConfig shaped =
                config instanceof LoraConfig lora
                        ? WeightForms.ofFile(lora, BaseCopies.byPath(sites.root()), file.tensors())
                        : config;
        AdapterTensors.check(sites, shaped, expanded, file.tensors(), directory);
        return filled(
                InjectionPlan.replacing(sites, mayFrameRoot, shaped, adapter, expanded), file);
    }

    /** Makes a frozen adapter with the file's values, which no pass sees yet. */
    private static UnpublishedAdapter filled(InjectionPlan plan, PeftAdapter file) {
        UnpublishedAdapter staged = plan.stage(AdapterInit.ZEROS);
        try {
            if (file.config().ensuresWeightTying()) {
                TiedTables.tie(BlockTree.original(staged.root()), staged.hosts(), staged.key());
            }
            for (AdapterHost host : staged.hosts()) {
                host.tensors(staged.key())
                        .forEach(
                                (suffix, parameter) -> {
                                    String name =
                                            name(plan.parameters(), host, staged.key(), suffix);
                                    NDArray array = file.tensors().get(name);
                                    if (array == null) {
                                        throw new IllegalStateException(
                                                name + " was checked and is not in the adapter");
                                    }
                                    Torch.copyInto(parameter.getArray(), array);
                                });
            }
            return staged.freeze();
        } catch (RuntimeException | Error e) {
            staged.discard();
            throw e;
        }
    }
}
