/**
 * The pickles of TorchScript archives: decoded into a tree without running anything, and encoded
 * afresh.
 */
@NullMarked
package org.lora4j.torchscript.pickle;

import org.jspecify.annotations.NullMarked;
