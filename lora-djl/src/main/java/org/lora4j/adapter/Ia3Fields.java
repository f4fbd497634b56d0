/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.TargetModules;
import org.lora4j.json.PythonJson;

/** The keys of adapter_config.json that peft 0.21.2 has for (IA)³, its IA3Config. */
final class Ia3Fields {
    private Ia3Fields() {}

    static Ia3Config read(JsonObject json, Path file) throws InvalidAdapterException {
        JsonFields fields = new JsonFields(json);
        PeftConfigReader.checkOthers(fields);
        fields.bool("init_ia3_weights");
        List<String> whole = fields.texts("modules_to_save");
        List<String> feedforward = fields.textOrTexts("feedforward_modules");
        TargetModules.Kind kind =
                fields.get("feedforward_modules") == null
                        ? TargetModules.Kind.UNSET
                        : PeftConfigReader.isText(fields, "feedforward_modules")
                                ? TargetModules.Kind.REGEX
                                : TargetModules.Kind.NAMES;
        try {
            TargetModules targets = PeftConfigReader.targets(fields);
            fields.throwIfAny(file);
            return new Ia3Config(targets, kind, feedforward, whole);
        } catch (IllegalArgumentException e) {
            // The types are right, a value is not: the configuration says which.
            fields.throwIfAny(file);
            throw new InvalidAdapterException(file, String.valueOf(e.getMessage()), e);
        }
    }

    static void write(FieldWriter<Ia3Config> fields) {
        fields.put(
                "target_modules", c -> ModuleSelection.targets(c.targets()), ModuleSelection::json);
        fields.put(
                "exclude_modules",
                c -> ModuleSelection.excluded(c.targets()),
                ModuleSelection::json);
        fields.put(
                "feedforward_modules",
                c -> new ModuleSelection(c.feedforwardKind(), c.feedforward()),
                ModuleSelection::json);
        fields.put("modules_to_save", Ia3Config::modulesToSave, Ia3Fields::arrayOrNull);
    }

    private static JsonElement arrayOrNull(List<String> names) {
        return names.isEmpty() ? JsonNull.INSTANCE : PythonJson.array(names);
    }
}
