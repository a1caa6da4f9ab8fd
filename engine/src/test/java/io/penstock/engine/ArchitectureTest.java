package io.penstock.engine;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The layers of ARCHITECTURE.md: what a package may import of our own. Everything may use core. */
class ArchitectureTest {
  private static final String ROOT = "io.penstock.engine.";

  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          // L1
          Map.entry("core", Set.of()),
          // L2: peers do not know each other
          Map.entry("kv", Set.of()),
          Map.entry("weights", Set.of()),
          Map.entry("hub", Set.of()),
          Map.entry("tokenizer", Set.of()),
          Map.entry("grammar", Set.of()),
          Map.entry("backend", Set.of()),
          Map.entry("client", Set.of()),
          // L3
          Map.entry("sched", Set.of("kv")),
          Map.entry("model", Set.of("weights", "backend")),
          Map.entry("sampling", Set.of("backend", "grammar")),
          Map.entry("backend.cpu", Set.of("backend")),
          Map.entry("backend.cuda", Set.of("backend")),
          // L4
          Map.entry(
              "runtime",
              Set.of(
                  "kv",
                  "weights",
                  "tokenizer",
                  "grammar",
                  "backend",
                  "client",
                  "sched",
                  "model",
                  "sampling")),
          Map.entry(
              "nullmodel", Set.of("kv", "tokenizer", "client", "sched", "sampling", "runtime")),
          // L5
          Map.entry(
              "boot",
              Set.of(
                  "kv",
                  "weights",
                  "hub",
                  "tokenizer",
                  "grammar",
                  "backend",
                  "backend.cpu",
                  "backend.cuda",
                  "client",
                  "sched",
                  "model",
                  "sampling",
                  "runtime",
                  "nullmodel")));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT.substring(0, ROOT.length() - 1));

  /** The declared package that a class belongs to: the longest that begins its own. */
  private static String packageOf(JavaClass type) {
    return MAY_IMPORT.keySet().stream()
        .filter(
            name ->
                type.getPackageName().equals(ROOT + name)
                    || type.getPackageName().startsWith(ROOT + name + "."))
        .max((a, b) -> a.length() - b.length())
        .orElse("undeclared: " + type.getPackageName());
  }

  @Test
  void everyPackageIsDeclared() {
    Set<String> found =
        CLASSES.stream()
            .map(ArchitectureTest::packageOf)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(MAY_IMPORT.keySet()).containsAll(found);
    assertThat(found).contains("core", "client", "kv", "sched", "runtime", "boot");
  }

  @Test
  void importsPointDown() {
    MAY_IMPORT.forEach(
        (name, allowed) ->
            classes()
                .that(describe("are in " + name, type -> packageOf(type).equals(name)))
                .should()
                .onlyDependOnClassesThat(
                    describe(
                        "are in core or in " + allowed,
                        type ->
                            !type.getPackageName().startsWith(ROOT)
                                || packageOf(type).equals(name)
                                || packageOf(type).equals("core")
                                || allowed.contains(packageOf(type))))
                .allowEmptyShould(true)
                .check(CLASSES));
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void theCoreIsTheJdkAlone() {
    classes()
        .that()
        .resideInAPackage(ROOT + "core")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(ROOT + "core", "java..")
        .check(CLASSES);
  }

  @Test
  void theEngineKnowsNoFramework() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework..", "reactor..", "io.netty..")
        .check(CLASSES);
  }
}
