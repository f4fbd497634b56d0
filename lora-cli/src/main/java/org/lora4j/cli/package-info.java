/** The lora4j command line: the program, its commands, and how errors become exit codes. */
@NullMarked
package org.lora4j.cli;

import org.jspecify.annotations.NullMarked;
