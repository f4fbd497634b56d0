/** The demonstration's task: addresses of Taiwan, generated, and the fields they have. */
@NullMarked
package org.lora4j.cli.address;

import org.jspecify.annotations.NullMarked;
