/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.BiasHost;
import org.lora4j.block.pass.AdapterNames;

/**
 * A new adapter in the hosts of a tree that no pass sees yet, so that its values can be written
 * while other threads run the tree.
 */
public final class UnpublishedAdapter {
    private final InjectionPlan plan;
    private final String key;

    UnpublishedAdapter(InjectionPlan plan, String key) {
        this.plan = plan;
        this.key = key;
    }

    /** Returns the key under which the hosts have it until it is published. */
    String key() {
        return key;
    }

    /** Returns the tree's root, around which the injection may have put a frame. */
    Block root() {
        return plan.top();
    }

    List<AdaptedLayer> layers() {
        return plan.layers;
    }

    /** Returns the hosts that carry it. */
    List<AdapterHost> hosts() {
        List<AdapterHost> hosts = new ArrayList<>(plan.layers);
        hosts.addAll(plan.saved);
        hosts.addAll(plan.parts);
        hosts.addAll(biasHosts(key));
        return hosts;
    }

    private List<BiasHost> biasHosts(String adapter) {
        List<BiasHost> found = new ArrayList<>();
        for (AdapterHost host : BlockTree.hosts(plan.top())) {
            if (host instanceof BiasHost biased
                    && !biased.biases(adapter).isEmpty()
                    && plan.layers.stream().noneMatch(layer -> layer == biased)) {
                found.add(biased);
            }
        }
        return found;
    }

    /** Freezes the adapter. */
    UnpublishedAdapter freeze() {
        hosts().forEach(host -> host.setTrainable(key, false));
        return this;
    }

    /** Removes the adapter from the tree. */
    public void discard() {
        AdapterRemoval.ofStaged(plan.top(), plan.context.active(), key);
    }

    /**
     * Publishes the adapter under its name and makes it the only active one, at once. Afterwards
     * nothing trains but the adapters of running trainings.
     *
     * @return what was adapted
     */
    public Injection publish() {
        return publish(AdapterSelection.of(AdapterNames.nameOf(key)));
    }

    /**
     * Publishes the adapter under its name and sets which adapters are active, at once. Afterwards
     * nothing trains but the adapters of running trainings.
     *
     * @param selection the default from now on; null leaves it as it is
     * @return what was adapted
     */
    public Injection publish(@Nullable AdapterSelection selection) {
        plan.context.active().names().publish(key, selection == null ? null : selection.weights());
        Lora.freezeAll(plan.top());
        plan.context.trained().keep(plan.top());
        return injection();
    }

    /**
     * Publishes the adapter under its name. Which adapters are active, and what trains, stays as it
     * is.
     *
     * @return what was adapted
     */
    public Injection publishBeside() {
        plan.context.active().names().publish(key, null);
        plan.context.trained().keep(plan.top());
        return injection();
    }

    private Injection injection() {
        String name = AdapterNames.nameOf(key);
        return new Injection(
                name,
                plan.config,
                plan.match,
                plan.context,
                plan.layers,
                plan.saved,
                biasHosts(name),
                plan.parts);
    }

    /**
     * Publishes the adapter under the name of another. Each pass uses one of the two in all of its
     * layers. Which adapters are active, and what else trains, stays as it is.
     *
     * @return the other adapter, to be freed
     * @throws IllegalStateException if there is no other adapter; it is still staged then
     */
    public AdapterRemoval publishInPlace() {
        AdapterNames names = plan.context.active().names();
        String name = AdapterNames.nameOf(key);
        if (!names.all().contains(name)) {
            throw new IllegalStateException(
                    "there is no adapter \"" + name + "\" to replace; the tree has " + names.all());
        }
        String before = Objects.requireNonNull(names.publish(key, null));
        plan.context.trained().keep(plan.top());
        return AdapterRemoval.ofReplaced(plan.top(), plan.context.active(), before);
    }
}
