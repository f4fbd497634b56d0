/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;

/**
 * Checks a TemplateProcessing: that every special token which it names is there, and that each
 * place in the template is a text or such a token. The native side looks neither up in time.
 */
final class TemplateCheck {
    private static final int MOST_PIECES = 1024;

    private TemplateCheck() {}

    static JsonObject check(JsonFields given) throws TokenizerFormatException {
        JsonObject tokens = new JsonObject();
        JsonFields tokensGiven = given.object("special_tokens");
        for (Map.Entry<String, JsonElement> entry :
                given.get("special_tokens").getAsJsonObject().entrySet()) {
            JsonFields.requireWellFormed(entry.getKey(), tokensGiven.place());
            tokens.add(
                    entry.getKey(),
                    token(JsonFields.of(entry.getValue(), tokensGiven.place(entry.getKey()))));
        }
        JsonArray single = pieces(given, "single", tokens);
        JsonArray pair = pieces(given, "pair", tokens);
        return JsonFields.part(
                "TemplateProcessing", "single", single, "pair", pair, "special_tokens", tokens);
    }

    private static JsonObject token(JsonFields given) throws TokenizerFormatException {
        JsonArray ids = new JsonArray();
        JsonArray texts = new JsonArray();
        for (JsonElement id : given.list("ids")) {
            ids.add(JsonFields.count(id, given.place("ids"), AddedTokenList.LARGEST_ID));
        }
        for (JsonElement text : given.list("tokens")) {
            texts.add(JsonFields.text(text, given.place("tokens")));
        }
        if (ids.size() != texts.size() || ids.size() > MOST_PIECES) {
            throw new TokenizerFormatException(
                    "%s has %s ids and %s tokens; expected as many of both, at most %s",
                    given.place(), ids.size(), texts.size(), MOST_PIECES);
        }
        return JsonFields.json("id", given.text("id"), "ids", ids, "tokens", texts);
    }

    private static JsonArray pieces(JsonFields given, String name, JsonObject tokens)
            throws TokenizerFormatException {
        JsonArray list = given.list(name);
        if (list.size() > MOST_PIECES) {
            throw new TokenizerFormatException(
                    "%s has %s pieces; expected at most %s",
                    given.place(name), list.size(), MOST_PIECES);
        }
        JsonArray checked = new JsonArray();
        for (int i = 0; i < list.size(); i++) {
            String place = given.place(name) + "[" + i + "]";
            JsonFields piece = JsonFields.of(list.get(i), place);
            boolean special = piece.has("SpecialToken");
            String kind = special ? "SpecialToken" : "Sequence";
            JsonFields inner = piece.object(kind);
            String id = inner.text("id");
            if (special && !tokens.has(id)) {
                throw new TokenizerFormatException(
                        "%s names the token %s, which special_tokens does not have", place, id);
            }
            if (!special && !id.equals("A") && !(id.equals("B") && name.equals("pair"))) {
                throw new TokenizerFormatException(
                        "%s names the text %s; expected A%s",
                        place, id, name.equals("pair") ? " or B" : ", the only one");
            }
            int type = inner.count("type_id", Integer.MAX_VALUE);
            checked.add(JsonFields.json(kind, JsonFields.json("id", id, "type_id", type)));
        }
        return checked;
    }
}
