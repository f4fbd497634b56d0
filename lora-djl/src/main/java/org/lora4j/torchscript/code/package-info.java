/**
 * The Python-like text of a TorchScript archive's classes, parsed as far as rewriting needs:
 * classes, their attributes, methods, and the calls in these.
 */
@NullMarked
package org.lora4j.torchscript.code;

import org.jspecify.annotations.NullMarked;
