@NullMarked
package org.lora4j.text;

import org.jspecify.annotations.NullMarked;
