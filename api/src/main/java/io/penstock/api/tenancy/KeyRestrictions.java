package io.penstock.api.tenancy;

import io.penstock.api.platform.KeyRights.Scope;
import io.penstock.api.platform.access.Cidr;
import io.penstock.api.platform.error.ApiException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a key is restricted to.
 *
 * @param scopes kinds of requests; at least one but for the operator's keys
 * @param allowedModels null when any may be called
 * @param deniedModels null when none is denied
 * @param allowedCidrs networks that it may be used from; null for any
 */
record KeyRestrictions(
    Set<Scope> scopes,
    List<String> allowedModels,
    List<String> deniedModels,
    List<Cidr> allowedCidrs) {
  static final Set<Scope> OF_PROJECTS = EnumSet.of(Scope.INFERENCE, Scope.USAGE_READ);
  static final Set<Scope> OF_ORGANIZATIONS = EnumSet.of(Scope.ADMIN, Scope.USAGE_READ);
  static final KeyRestrictions OPERATOR = new KeyRestrictions(Set.of(), null, null, null);
  static final KeyRestrictions NONE = new KeyRestrictions(OF_PROJECTS, null, null, null);

  private static final int MOST = 100;
  private static final int LONGEST_MODEL_ID = 200;

  KeyRestrictions {
    EnumSet<Scope> copy = EnumSet.noneOf(Scope.class);
    copy.addAll(scopes);
    scopes = Collections.unmodifiableSet(copy);
  }

  /**
   * As on the wire.
   *
   * @param possible scopes that a key of this kind may have
   * @param unsaid scopes when the request names none
   * @throws ApiException 400 that names the field
   */
  static KeyRestrictions of(
      List<String> scopes,
      List<String> allowedModels,
      List<String> deniedModels,
      List<String> allowedCidrs,
      Set<Scope> possible,
      Set<Scope> unsaid) {
    return new KeyRestrictions(
        scopes == null ? unsaid : scopes(scopes, possible),
        models("allowed_models", allowedModels),
        models("denied_models", deniedModels),
        cidrs(allowedCidrs));
  }

  private static Set<Scope> scopes(List<String> names, Set<Scope> possible) {
    EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      int at = i;
      scopes.add(
          possible.stream()
              .filter(scope -> scope.text().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      ApiException.invalid(
                          "scopes[" + at + "]",
                          "scopes[%d] must be one of %s."
                              .formatted(
                                  at,
                                  String.join(
                                      ", ", possible.stream().map(Scope::text).toList())))));
    }
    if (scopes.isEmpty()) {
      throw ApiException.invalid("scopes", "scopes must name at least one scope.");
    }
    return scopes;
  }

  /** Model ids; null stays null. */
  static List<String> models(String param, List<String> ids) {
    if (ids == null) {
      return null;
    }
    bounded(param, ids.size());
    for (int i = 0; i < ids.size(); i++) {
      String id = ids.get(i);
      if (id == null || !id.matches("[\\x21-\\x7e]{1," + LONGEST_MODEL_ID + "}")) {
        throw ApiException.invalid(
            param + "[" + i + "]", "%s[%d] must be a model's id.".formatted(param, i));
      }
    }
    return ids.stream().distinct().toList();
  }

  private static List<Cidr> cidrs(List<String> texts) {
    if (texts == null) {
      return null;
    }
    bounded("allowed_cidrs", texts.size());
    List<Cidr> cidrs = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      cidrs.add(Cidr.parse(texts.get(i), "allowed_cidrs[" + i + "]"));
    }
    return List.copyOf(cidrs);
  }

  private static void bounded(String param, int size) {
    if (size > MOST) {
      throw ApiException.invalid(param, param + " may have at most " + MOST + " entries.");
    }
  }

  boolean allows(InetAddress address) {
    return allowedCidrs == null || allowedCidrs.stream().anyMatch(c -> c.contains(address));
  }

  List<String> scopeNames() {
    return scopes.stream().map(Scope::text).toList();
  }

  List<String> cidrTexts() {
    return allowedCidrs == null ? null : allowedCidrs.stream().map(Cidr::toString).toList();
  }

  /** From a row; its arrays may be null. */
  static KeyRestrictions ofRow(
      String[] scopes, String[] allowedModels, String[] deniedModels, String[] allowedCidrs) {
    return new KeyRestrictions(
        Arrays.stream(Scope.values())
            .filter(scope -> Arrays.asList(scopes).contains(scope.text()))
            .collect(java.util.stream.Collectors.toSet()),
        allowedModels == null ? null : List.of(allowedModels),
        deniedModels == null ? null : List.of(deniedModels),
        allowedCidrs == null
            ? null
            : Arrays.stream(allowedCidrs).map(c -> Cidr.parse(c, "allowed_cidrs")).toList());
  }
}
