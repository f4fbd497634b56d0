/**
 * Files of Python's {@code torch.save}: read without executing anything, and state dicts written so
 * that {@code torch.load(file, weights_only=True)} takes them.
 */
@NullMarked
package org.lora4j.torchfile;

import org.jspecify.annotations.NullMarked;
