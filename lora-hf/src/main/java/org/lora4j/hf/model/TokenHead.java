/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

/**
 * A head that reads each token of an encoder.
 *
 * @param kind what it is for
 * @param outputs C, its outputs for each token
 */
public record TokenHead(Kind kind, int outputs) {
    /** What such a head is for. */
    public enum Kind {
        /** A label for each token. */
        LABELS("classifier", "ForTokenClassification"),

        /** Where an answer begins and where it ends. */
        SPANS("qa_outputs", "ForQuestionAnswering");

        private final String path;
        private final String architecture;

        Kind(String path, String architecture) {
            this.path = path;
            this.architecture = architecture;
        }

        /** Returns the path of its last layer in most families of transformers. */
        public String path() {
            return path;
        }

        /** Returns how the names of transformers' classes with such a head end. */
        public String architecture() {
            return architecture;
        }
    }
}
