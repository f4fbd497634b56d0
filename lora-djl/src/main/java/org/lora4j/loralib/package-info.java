/**
 * loralib's checkpoints: what {@code lora.lora_state_dict(model)} and {@code torch.save} leave,
 * recognised layer by layer, converted to a PEFT directory, and written.
 */
@NullMarked
package org.lora4j.loralib;

import org.jspecify.annotations.NullMarked;
