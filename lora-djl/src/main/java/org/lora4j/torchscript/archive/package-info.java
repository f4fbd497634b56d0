/** TorchScript archives as zip files: records that are read, streamed and written. */
@NullMarked
package org.lora4j.torchscript.archive;

import org.jspecify.annotations.NullMarked;
