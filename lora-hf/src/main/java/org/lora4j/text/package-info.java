/**
 * From text files to padded batches: readers for tsv, csv and jsonl, label sets, a Hugging Face
 * tokenizer with truncation as transformers does it, and the order in which a training sees its
 * examples. Nothing here needs an engine.
 */
@NullMarked
package org.lora4j.text;

import org.jspecify.annotations.NullMarked;
