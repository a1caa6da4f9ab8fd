package io.penstock.api;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.springframework.web.bind.annotation.RestController;

/**
 * Features on top, the gateway below them, the platform at the bottom; the engine behind two doors.
 */
@AnalyzeClasses(packages = "io.penstock.api", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule layers =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("features")
          .definedBy(
              "..api.openai..",
              "..api.models..",
              "..api.tenancy..",
              "..api.people..",
              "..api.audit..",
              "..api.quota..",
              "..api.usage..",
              "..api.alerts..",
              "..api.prompts..",
              "..api.admin..")
          .layer("gateway")
          .definedBy("..api.gateway..")
          .layer("platform")
          .definedBy("..api.platform..")
          .whereLayer("features")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("gateway")
          .mayOnlyBeAccessedByLayers("features")
          .whereLayer("platform")
          .mayOnlyBeAccessedByLayers("features", "gateway");

  @ArchTest
  static final ArchRule features_do_not_know_each_other =
      slices()
          .matching("io.penstock.api.(*)..")
          .should()
          .notDependOnEachOther()
          .ignoreDependency(
              com.tngtech.archunit.base.DescribedPredicate.alwaysTrue(),
              com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage(
                  "..api.gateway..", "..api.platform.."));

  @ArchTest
  static final ArchRule no_cycles =
      slices().matching("io.penstock.api.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule only_gateway_and_models_use_the_engine =
      noClasses()
          .that()
          .resideOutsideOfPackages("..api.gateway..", "..api.models..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.penstock.engine.client..", "io.penstock.engine.boot..");

  @ArchTest
  static final ArchRule nothing_reaches_behind_the_engines_doors =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.penstock.engine.kv..",
              "io.penstock.engine.weights..",
              "io.penstock.engine.hub..",
              "io.penstock.engine.tokenizer..",
              "io.penstock.engine.grammar..",
              "io.penstock.engine.backend..",
              "io.penstock.engine.model..",
              "io.penstock.engine.sampling..",
              "io.penstock.engine.sched..",
              "io.penstock.engine.runtime..");

  @ArchTest
  static final ArchRule controllers_are_private_to_their_feature =
      classes().that().areAnnotatedWith(RestController.class).should().bePackagePrivate();
}
