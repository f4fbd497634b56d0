/** The arithmetic of merging: A and B added to a weight while its storage is streamed. */
@NullMarked
package org.lora4j.torchscript.merge;

import org.jspecify.annotations.NullMarked;
