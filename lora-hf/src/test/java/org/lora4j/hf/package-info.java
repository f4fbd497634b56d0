@NullMarked
package org.lora4j.hf;

import org.jspecify.annotations.NullMarked;
