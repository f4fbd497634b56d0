@NullMarked
package org.lora4j.text.template;

import org.jspecify.annotations.NullMarked;
