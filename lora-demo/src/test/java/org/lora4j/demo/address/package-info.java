@NullMarked
package org.lora4j.demo.address;

import org.jspecify.annotations.NullMarked;
