/**
 * PEFT's adapter directory, both ways: adapter_config.json and adapter_model.safetensors as peft
 * 0.21.2 writes and reads them.
 */
@NullMarked
package org.lora4j.adapter;

import org.jspecify.annotations.NullMarked;
