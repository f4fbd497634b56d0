/**
 * LoRA inside TorchScript archives, as files alone: what a model has and which of it can be
 * adapted, archives whose own code computes the low-rank terms, and merged archives.
 *
 * <p>Begin with {@link org.lora4j.torchscript.ScriptArchive}.
 */
@NullMarked
package org.lora4j.torchscript;

import org.jspecify.annotations.NullMarked;
