@NullMarked
package org.lora4j.cli.address;

import org.jspecify.annotations.NullMarked;
