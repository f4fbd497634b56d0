/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.predict;

import com.google.gson.JsonObject;
import java.util.List;
import org.lora4j.text.TextExample;

/** What a model makes of the rows of a file. */
public interface RowPredictor {
    /**
     * Runs the model over rows.
     *
     * @param rows some rows of the file
     * @return of each row what is said of it: "prediction" and what belongs to it
     */
    List<JsonObject> predict(List<TextExample> rows);

    /** Returns how many of the texts so far were too long and were cut. */
    default long cut() {
        return 0;
    }
}
