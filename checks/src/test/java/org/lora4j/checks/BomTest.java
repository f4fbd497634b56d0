/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Each BOM against the engine set that it goes with. */
class BomTest {
    @ParameterizedTest
    @CsvSource({"lora-bom,lora-pytorch-cpu", "lora-bom-cu121,lora-pytorch-cu121"})
    void aBomManagesDjlInTheVersionsOfItsSet(String bom, String set) throws Exception {
        Map<String, String> managed = dependencies(bom);
        Map<String, String> brought = dependencies(set);
        String djl = managed.get("ai.djl:api");
        assertThat(brought.size()).isGreaterThan(4);
        assertThat(managed).containsAllEntriesOf(brought).containsKey("org.lora4j:" + set);
        assertThat(managed)
                .containsKeys("ai.djl:model-zoo", "ai.djl.pytorch:pytorch-model-zoo")
                .containsKeys("ai.djl.onnxruntime:onnxruntime-engine");
        managed.forEach(
                (name, version) -> {
                    if (name.startsWith("ai.djl")) {
                        assertThat(version).as(name).endsWith(expected(name, djl, managed));
                    }
                });
    }

    @ParameterizedTest
    @CsvSource({"lora-bom", "lora-bom-cu121"})
    void aBomManagesOurModulesAndNothingOfOthers(String bom) throws Exception {
        assertThat(dependencies(bom))
                .containsKeys("org.lora4j:lora-cli", "org.lora4j:lora-demo")
                .containsKeys(
                        House.LIBRARIES.stream().map("org.lora4j:"::concat).toArray(String[]::new))
                .allSatisfy(
                        (name, version) -> assertThat(name).matches("(org\\.lora4j|ai\\.djl).*"));
    }

    /** What the parent manages, whoever imports the BOM would get as well. */
    @Test
    void theParentManagesNoDependency() throws Exception {
        assertThat(pom(".").getElementsByTagName("dependencyManagement").getLength()).isZero();
    }

    private static String expected(String name, String djl, Map<String, String> managed) {
        return name.contains(":pytorch-native-")
                ? managed.get("ai.djl.pytorch:pytorch-jni").replaceFirst("-.*", "")
                : djl;
    }

    /** Versions by group, artifact and classifier; those of all profiles. */
    private static Map<String, String> dependencies(String module) throws Exception {
        Document pom = pom(module);
        Map<String, String> versions = new TreeMap<>();
        NodeList dependencies = pom.getElementsByTagName("dependency");
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            String classifier = text(dependency, "classifier");
            versions.put(
                    text(dependency, "groupId")
                            + ":"
                            + text(dependency, "artifactId")
                            + (classifier.isEmpty() ? "" : ":" + classifier),
                    resolved(pom, text(dependency, "version")));
        }
        return versions;
    }

    private static String resolved(Document pom, String version) {
        String text = version;
        for (String property : new String[] {"djl.version", "libtorch.version"}) {
            text = text.replace("${" + property + "}", text(pom.getDocumentElement(), property));
        }
        return text;
    }

    private static String text(Element parent, String name) {
        NodeList found = parent.getElementsByTagName(name);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
    }

    private static Document pom(String module) throws Exception {
        Path file = House.root().resolve(module).resolve("pom.xml");
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    }
}
