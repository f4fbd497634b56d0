@NullMarked
package org.lora4j.hf.decoder;

import org.jspecify.annotations.NullMarked;
