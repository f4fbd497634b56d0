/**
 * The safetensors format: reading of single and sharded files with every size checked before
 * anything is allocated, and atomic, byte-stable writing. Follows the format and the checks of the
 * reference implementation (huggingface/safetensors, tensor.rs).
 */
@NullMarked
package org.lora4j.safetensors;

import org.jspecify.annotations.NullMarked;
