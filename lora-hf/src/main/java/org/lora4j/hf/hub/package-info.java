/**
 * Model directories by name: the Hugging Face cache is read, and what it lacks is downloaded into
 * it, in the layout that Python's huggingface_hub shares.
 */
@NullMarked
package org.lora4j.hf.hub;

import org.jspecify.annotations.NullMarked;
