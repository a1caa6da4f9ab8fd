package io.penstock.api.people;

import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How people come into organizations: by an invitation that they prove to be theirs. */
@Component
class Invitations {
  private final InviteStore invites;
  private final PersonStore people;
  private final MembershipStore memberships;
  private final ProjectMemberStore projects;
  private final AuditLog audit;

  Invitations(
      InviteStore invites,
      PersonStore people,
      MembershipStore memberships,
      ProjectMemberStore projects,
      AuditLog audit) {
    this.invites = invites;
    this.people = people;
    this.memberships = memberships;
    this.projects = projects;
    this.audit = audit;
  }

  /** Somebody that accepted, who may have been here before. */
  record Accepted(Person person, boolean isNew) {}

  /**
   * By the token's hash; empty when it is not valid. Who has an account keeps its name and its
   * password: an invitation proves an address to this organization, not to the person's others.
   */
  Mono<Accepted> accept(byte[] tokenHash, String name, String passwordHash) {
    return audit.record(
        invites
            .pending(tokenHash)
            .flatMap(
                invite ->
                    people
                        .insert(invite.email(), name, passwordHash, false)
                        .map(person -> new Accepted(person, true))
                        .switchIfEmpty(
                            people
                                .credentials(invite.email())
                                .map(found -> new Accepted(found.person(), false)))
                        .flatMap(
                            accepted ->
                                join(invite, accepted.person).map(entry -> entry.with(accepted)))));
  }

  /** Everything that an address is invited to, by somebody whose address another proved. */
  Mono<Person> acceptAll(String email, String name) {
    return invites
        .pendingOf(email)
        .take(1)
        .next()
        .flatMap(
            _ ->
                people
                    .insert(email, name, null, false)
                    .switchIfEmpty(people.credentials(email).map(PersonStore.Credentials::person)))
        .flatMap(
            person ->
                Flux.defer(() -> invites.pendingOf(email))
                    .collectList()
                    .flatMapMany(Flux::fromIterable)
                    .concatMap(
                        invite ->
                            audit.recordAs(
                                person.actor(),
                                join(invite, person).map(entry -> entry.with(invite))))
                    .then()
                    .thenReturn(person));
  }

  private Mono<AuditEntry> join(InviteStore.Invite invite, Person person) {
    return memberships
        .add(invite.tenantId(), person.id(), invite.role())
        .thenMany(Flux.fromIterable(invite.projects()))
        .concatMap(
            project -> projects.add(invite.tenantId(), project.id(), person.id(), project.role()))
        .then(invites.accepted(invite.id()))
        .then(Mono.defer(() -> memberships.find(invite.tenantId(), person.id())))
        .map(
            member ->
                new AuditEntry(
                    invite.tenantId(),
                    null,
                    "invite.accepted",
                    invite.id(),
                    null,
                    UserView.of(member)));
  }
}
