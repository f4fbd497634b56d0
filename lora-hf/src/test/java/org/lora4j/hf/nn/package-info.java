@NullMarked
package org.lora4j.hf.nn;

import org.jspecify.annotations.NullMarked;
