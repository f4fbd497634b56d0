/**
 * Where the code of a TorchScript archive uses its weights: which methods run, what their variables
 * hold, and each place at which a weight is read, used in a layer's call, or used otherwise.
 */
@NullMarked
package org.lora4j.torchscript.flow;

import org.jspecify.annotations.NullMarked;
