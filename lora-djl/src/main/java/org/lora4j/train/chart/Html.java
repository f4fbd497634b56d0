/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.chart;

/** Text in HTML and SVG. */
public final class Html {
    private Html() {}

    /**
     * Escapes text, for elements and for attributes in double quotes.
     *
     * @param text any text
     * @return the text, in which nothing is taken for a tag or the end of an attribute
     */
    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
