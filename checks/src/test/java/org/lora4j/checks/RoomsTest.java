/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class RoomsTest {
    private static final Rooms HOUSE = new Rooms("org.lora4j");
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(location -> !location.contains("jmh_generated"))
                    .importPaths(House.classes(House.MODULES));

    /** Rooms that break every rule, to see each rule fail. */
    private static final String BROKEN_ROOT = "org.lora4j.checks.broken";

    private static final Rooms BROKEN = new Rooms(BROKEN_ROOT);
    private static final JavaClasses BROKEN_CLASSES =
            new ClassFileImporter().importPackages(BROKEN_ROOT);

    @Test
    void arrowsPointTowardsCore() {
        HOUSE.arrowsPointDown().check(CLASSES);
        assertFails(BROKEN.arrowsPointDown(), "core.UsesHf", "attic.Forgotten");
    }

    @Test
    void roomsHaveNoCycles() {
        SlicesRuleDefinition.slices()
                .matching("org.lora4j.(**)")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }

    @Test
    void onlyTheTorchRoomsTouchTheEngine() {
        HOUSE.engineClassesStayInTheirRooms().check(CLASSES);
        assertFails(BROKEN.engineClassesStayInTheirRooms(), "hf.TouchesEngine");
    }

    @Test
    void librariesDoNotPrint() {
        HOUSE.librariesDoNotPrint()
                .check(
                        CLASSES.that(
                                DescribedPredicate.describe(
                                        "libraries", type -> !HOUSE.isProgram(type))));
        assertFails(BROKEN.librariesDoNotPrint(), "core.UsesHf");
    }

    @Test
    void nobodyUsesJavaUtilLogging() {
        HOUSE.nobodyUsesJavaUtilLogging().check(CLASSES);
        assertFails(BROKEN.nobodyUsesJavaUtilLogging(), "hf.TouchesEngine");
    }

    @Test
    void publicClassesAreClosed() {
        HOUSE.publicClassesAreClosed().check(CLASSES);
        assertFails(BROKEN.publicClassesAreClosed(), "attic.Forgotten");
    }

    @Test
    void everyPackageIsNullMarkedAndDescribed() {
        List<String> bare = new ArrayList<>();
        for (String module : House.MODULES) {
            for (Path file :
                    House.files(House.root().resolve(module).resolve("src/main/java"), ".java")) {
                Path info = file.resolveSibling("package-info.java");
                if (!file.endsWith("module-info.java")
                        && !(Files.isRegularFile(info)
                                && House.read(info).contains("@NullMarked"))) {
                    bare.add(House.root().relativize(file.resolveSibling("")).toString());
                }
            }
        }
        assertThat(bare.stream().distinct()).isEmpty();
    }

    @Test
    void noPackageHasMoreThanTwentyFiveFiles() {
        Map<Path, Long> packages =
                House.MODULES.stream()
                        .map(module -> House.root().resolve(module).resolve("src/main/java"))
                        .flatMap(sources -> House.files(sources, ".java").stream())
                        .filter(file -> !file.endsWith("package-info.java"))
                        .collect(Collectors.groupingBy(Path::getParent, Collectors.counting()));
        assertThat(packages.entrySet().stream().filter(entry -> entry.getValue() > 25))
                .as("one idea per package")
                .isEmpty();
    }

    @Test
    void noFileIsLongerThanSixHundredLines() {
        List<String> longFiles = new ArrayList<>();
        for (String module : House.MODULES) {
            for (Path file : House.files(House.root().resolve(module).resolve("src"), ".java")) {
                long lines = House.read(file).lines().count();
                if (lines > 600) {
                    longFiles.add(lines + " " + House.root().relativize(file));
                }
            }
        }
        assertThat(longFiles).as("one idea per file").isEmpty();
    }

    private static void assertFails(ArchRule rule, String... culprits) {
        assertThat(rule.evaluate(BROKEN_CLASSES).getFailureReport().toString())
                .as("the rule must fail on rooms that break it")
                .contains(culprits);
    }
}
