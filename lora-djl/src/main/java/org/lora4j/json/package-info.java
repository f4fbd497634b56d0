/** Small JSON files, read and written as Python's json module does. */
@NullMarked
package org.lora4j.json;

import org.jspecify.annotations.NullMarked;
