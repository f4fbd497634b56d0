/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.util.ArrayList;
import java.util.List;
import org.lora4j.cli.terminal.Console;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.TargetModules;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.TrainingStart;
import org.lora4j.train.TrainingStart.Setting;

/** Tells what was chosen for a training, and why, when it starts. */
final class StartLines implements TrainingListener {
    private final Console console;
    private final List<Setting> adapter = new ArrayList<>();

    StartLines(Console console) {
        this.console = console;
    }

    /**
     * Notes what was chosen for a new adapter.
     *
     * @param asked the configuration as the user wrote it
     * @param chosen the configuration that the adapter has
     */
    void note(AdapterConfig asked, AdapterConfig chosen) {
        boolean unset = asked.targets().kind() == TargetModules.Kind.UNSET;
        add(
                "targets",
                String.join(",", chosen.targets().names()),
                unset ? "the default for this family of models" : "as set");
        if (asked instanceof LoraConfig lora) {
            add("rank", lora.rank(), reason(lora.rank() == LoraConfig.DEFAULT_RANK));
            add("alpha", lora.alpha(), reason(lora.alpha() == LoraConfig.DEFAULT_ALPHA));
        }
    }

    private void add(String name, Object value, String reason) {
        adapter.add(new Setting(name, value.toString(), reason));
    }

    private static String reason(boolean usual) {
        return usual ? "the default" : "as set";
    }

    @Override
    public void onStart(TrainingStart start) {
        adapter.forEach(this::say);
        start.settings().forEach(this::say);
    }

    private void say(Setting setting) {
        console.say("%-14s %-12s %s", setting.name(), setting.value(), setting.reason());
    }
}
