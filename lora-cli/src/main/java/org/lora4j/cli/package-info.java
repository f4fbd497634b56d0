/** The lora4j command line: train, evaluate, merge, inspect, demo. */
@NullMarked
package org.lora4j.cli;

import org.jspecify.annotations.NullMarked;
