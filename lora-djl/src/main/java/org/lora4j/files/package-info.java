/**
 * Files and directories that appear whole or not at all, and checks of files that come from
 * outside.
 */
@NullMarked
package org.lora4j.files;

import org.jspecify.annotations.NullMarked;
