/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The rules of the rooms, for a root package, so that the same rules can be shown to fail on rooms
 * that break them.
 */
final class Rooms {
    /** How far a room is from core; a class may use its own level and those below. */
    private static final Map<String, Integer> LEVELS =
            Map.ofEntries(
                    Map.entry("jinja", 0),
                    Map.entry("core", 0),
                    Map.entry("block", 1),
                    Map.entry("djl", 2),
                    Map.entry("torch", 2),
                    Map.entry("torchscript", 2),
                    Map.entry("files", 2),
                    Map.entry("json", 2),
                    Map.entry("safetensors", 2),
                    Map.entry("adapter", 2),
                    Map.entry("train", 2),
                    Map.entry("provenance", 2),
                    Map.entry("torchfile", 2),
                    Map.entry("loralib", 2),
                    Map.entry("hf", 3),
                    Map.entry("embed", 3),
                    Map.entry("export", 4),
                    Map.entry("langchain4j", 4),
                    Map.entry("springai", 4),
                    Map.entry("spring", 4),
                    Map.entry("testkit", 4),
                    Map.entry("text", 3),
                    Map.entry("generate", 3),
                    Map.entry("predict", 3),
                    Map.entry("tenant", 3),
                    Map.entry("demo", 4),
                    Map.entry("cli", 5),
                    Map.entry("examples", 4),
                    Map.entry("bench", 4));

    /** The rooms that may touch the engine's own classes. */
    private static final Set<String> ENGINE = Set.of("torch", "torchscript");

    /** The rooms that talk to a person on a terminal. */
    private static final Set<String> PROGRAMS = Set.of("cli", "examples", "bench");

    private final String root;

    Rooms(String root) {
        this.root = root;
    }

    ArchRule arrowsPointDown() {
        return ArchRuleDefinition.classes()
                .should(
                        new ArchCondition<>("use only rooms on the way to core") {
                            @Override
                            public void check(JavaClass type, ConditionEvents events) {
                                Integer own = LEVELS.get(room(type));
                                if (own == null) {
                                    violated(
                                            events,
                                            type,
                                            type.getName()
                                                    + " is in a room that has no level; name it in"
                                                    + " Rooms");
                                    return;
                                }
                                for (Dependency use : type.getDirectDependenciesFromSelf()) {
                                    Integer other = LEVELS.get(room(use.getTargetClass()));
                                    if (other != null && other > own) {
                                        violated(events, type, use.getDescription());
                                    }
                                }
                            }
                        })
                .because(
                        "arrows point one way: examples, cli, export, demo, bench -> hf -> djl ->"
                                + " core");
    }

    ArchRule engineClassesStayInTheirRooms() {
        return ArchRuleDefinition.noClasses()
                .that(in("a room other than " + ENGINE, type -> !ENGINE.contains(room(type))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.pytorch..")
                .because(
                        "another engine, or another way to call this one, must touch only "
                                + ENGINE);
    }

    ArchRule librariesDoNotPrint() {
        return GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS
                .as("libraries do not print")
                .because("standard output belongs to the program; libraries log through SLF4J");
    }

    ArchRule nobodyUsesJavaUtilLogging() {
        return GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
    }

    ArchRule publicClassesAreClosed() {
        return ArchRuleDefinition.classes()
                .that()
                .arePublic()
                .and()
                .resideOutsideOfPackage("..bench..") // JMH extends its benchmarks
                .should(
                        new ArchCondition<>("be final, sealed, abstract, an interface or an enum") {
                            @Override
                            public void check(JavaClass type, ConditionEvents events) {
                                boolean closed =
                                        type.isInterface()
                                                || type.isEnum()
                                                || type.getModifiers().contains(JavaModifier.FINAL)
                                                || type.getModifiers()
                                                        .contains(JavaModifier.ABSTRACT)
                                                || type.reflect().isSealed();
                                if (!closed) {
                                    violated(
                                            events,
                                            type,
                                            type.getName()
                                                    + " is open to subclasses; make it final or"
                                                    + " sealed");
                                }
                            }
                        })
                .because("we compose; one file then tells all that a class does");
    }

    /** Which classes print by right. */
    boolean isProgram(JavaClass type) {
        return PROGRAMS.contains(room(type));
    }

    /** The first package under the root; empty for classes elsewhere. */
    private String room(JavaClass type) {
        String name = type.getBaseComponentType().getPackageName();
        if (!name.startsWith(root + ".")) {
            return "";
        }
        String rest = name.substring(root.length() + 1);
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }

    private static DescribedPredicate<JavaClass> in(String description, Predicate<JavaClass> test) {
        return DescribedPredicate.describe(description, test);
    }

    private static void violated(ConditionEvents events, JavaClass type, String message) {
        events.add(SimpleConditionEvent.violated(type, message));
    }
}
