@NullMarked
package org.lora4j.jinja;

import org.jspecify.annotations.NullMarked;
