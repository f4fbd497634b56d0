@NullMarked
package org.lora4j.hf.bert;

import org.jspecify.annotations.NullMarked;
