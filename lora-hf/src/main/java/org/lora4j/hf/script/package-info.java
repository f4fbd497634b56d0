/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Text classifiers and regressions that were exported to TorchScript, adapted on texts with the
 * tokenizer that they were trained with.
 *
 * <p>Begin with {@link org.lora4j.hf.script.ScriptClassifier}.
 */
@NullMarked
package org.lora4j.hf.script;

import org.jspecify.annotations.NullMarked;
