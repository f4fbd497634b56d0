/**
 * An interpreter of the Jinja language of chat templates, equal to what transformers runs (jinja2's
 * immutable sandbox with trim_blocks, lstrip_blocks and loop controls) and bounded in time and
 * memory. Text given to a template is data: it is never read as a template. The values are
 * Python's: texts are counted in code points, integers have no bound but a large one, and what is
 * printed is Python's {@code str}.
 */
@NullMarked
package org.lora4j.jinja;

import org.jspecify.annotations.NullMarked;
