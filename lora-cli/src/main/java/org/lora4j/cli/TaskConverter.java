/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.util.Arrays;
import java.util.Iterator;
import org.lora4j.cli.TrainCommand.TaskName;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a task, which has a hyphen that no enum constant can have. */
final class TaskConverter implements ITypeConverter<TaskName>, Iterable<String> {
    @Override
    public TaskName convert(String value) {
        for (TaskName task : TaskName.values()) {
            if (task.toString().equals(value)) {
                return task;
            }
        }
        throw new TypeConversionException(
                "'" + value + "' is no task; expected " + String.join(", ", this));
    }

    @Override
    public Iterator<String> iterator() {
        return Arrays.stream(TaskName.values()).map(TaskName::toString).iterator();
    }
}
