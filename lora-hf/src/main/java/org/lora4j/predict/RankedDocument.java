/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

/**
 * A document among those that were ranked.
 *
 * @param index its place among the documents that were given, from 0
 * @param document its text
 * @param score how relevant it is, from 0 to 1
 */
public record RankedDocument(int index, String document, double score) {}
