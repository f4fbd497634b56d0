/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.core.TargetModules;
import org.lora4j.core.TrainableTokensConfig;
import org.lora4j.json.PythonJson;

/** The keys of adapter_config.json that peft 0.21.2 has for its TrainableTokensConfig. */
final class TokenFields {
    private TokenFields() {}

    static TrainableTokensConfig read(JsonObject json, Path file) throws InvalidAdapterException {
        JsonFields fields = new JsonFields(json);
        PeftConfigReader.checkOthers(fields);
        fields.bool("init_weights"); // of a new adapter only
        List<Integer> ids = fields.integerList("token_indices");
        try {
            TargetModules targets = PeftConfigReader.targets(fields);
            fields.throwIfAny(file);
            return new TrainableTokensConfig(ids, targets);
        } catch (IllegalArgumentException e) {
            // The types are right, a value is not: the configuration says which.
            fields.throwIfAny(file);
            throw new InvalidAdapterException(file, String.valueOf(e.getMessage()), e);
        }
    }

    static void write(FieldWriter<TrainableTokensConfig> fields) {
        fields.put("token_indices", TrainableTokensConfig::tokenIndices, TokenFields::array);
        fields.put(
                "target_modules", c -> ModuleSelection.targets(c.targets()), ModuleSelection::json);
    }

    private static JsonElement array(List<Integer> ids) {
        return PythonJson.array(ids);
    }
}
