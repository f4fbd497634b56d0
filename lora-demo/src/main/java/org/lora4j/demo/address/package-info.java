/** The demonstration's task: addresses of Taiwan, generated, and the fields they have. */
@NullMarked
package org.lora4j.demo.address;

import org.jspecify.annotations.NullMarked;
