@NullMarked
package org.lora4j.hf.hub;

import org.jspecify.annotations.NullMarked;
