package io.penstock.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.admin.organization.adminapikeys.AdminApiKeyCreateParams;
import com.openai.models.admin.organization.invites.InviteCreateParams;
import com.openai.models.admin.organization.projects.Project;
import com.openai.models.admin.organization.projects.ProjectCreateParams;
import com.openai.models.admin.organization.projects.ratelimits.RateLimitUpdateRateLimitParams;
import com.openai.models.admin.organization.projects.serviceaccounts.ServiceAccountCreateParams;
import com.openai.services.blocking.admin.OrganizationService;
import io.penstock.api.testing.TestServer;
import org.junit.jupiter.api.Test;

/** The administration API through OpenAI's own client, with an organization's admin key. */
class OpenAiAdminClientTest {
  private final TestServer server = TestServer.fake();
  private final Organization organization = new Organization(server);

  private OpenAIClient client() {
    return OpenAIOkHttpClient.builder()
        .baseUrl(server.url() + "/v1")
        .adminApiKey(organization.newAdminKey("").path("value").asString())
        .apiKey("none")
        .build();
  }

  @Test
  void administersAnOrganization() {
    OpenAIClient client = client();
    OrganizationService admin = client.admin().organization();

    Project project =
        admin.projects().create(ProjectCreateParams.builder().name("by the client").build());
    assertThat(project.validate().status()).contains("active");
    assertThat(admin.projects().retrieve(project.id()).name()).contains("by the client");
    assertThat(admin.projects().list().autoPager().stream().map(Project::id))
        .contains(project.id());

    var account =
        admin
            .projects()
            .serviceAccounts()
            .create(project.id(), ServiceAccountCreateParams.builder().name("robot").build());
    String key = account.validate().apiKey().orElseThrow().value();
    assertThat(server.get("/v1/models", key).status()).isEqualTo(200);
    assertThat(admin.projects().serviceAccounts().list(project.id()).items()).hasSize(1);
    var keys = admin.projects().apiKeys().list(project.id()).items();
    assertThat(keys).hasSize(1);
    assertThat(keys.getFirst().redactedValue()).startsWith("sk-penstock-...");

    var limit = admin.projects().rateLimits().listRateLimits(project.id()).items().getFirst();
    admin
        .projects()
        .rateLimits()
        .updateRateLimit(
            limit.id(),
            RateLimitUpdateRateLimitParams.builder()
                .projectId(project.id())
                .maxRequestsPer1Minute(7)
                .build());
    assertThat(
            admin
                .projects()
                .rateLimits()
                .listRateLimits(project.id())
                .items()
                .getFirst()
                .maxRequestsPer1Minute())
        .isEqualTo(7);
    assertThat(admin.projects().modelPermissions().retrieve(project.id()).modelIds()).isEmpty();

    assertThat(admin.users().list().items()).hasSize(4);
    var invite =
        admin
            .invites()
            .create(
                InviteCreateParams.builder()
                    .email("guest@client.test")
                    .role(InviteCreateParams.Role.OWNER)
                    .build());
    assertThat(admin.invites().retrieve(invite.id()).validate().email())
        .isEqualTo("guest@client.test");
    assertThat(admin.invites().delete(invite.id()).deleted()).isTrue();

    var second =
        admin.adminApiKeys().create(AdminApiKeyCreateParams.builder().name("second").build());
    assertThat(admin.adminApiKeys().list().items()).anyMatch(k -> k.id().equals(second.id()));
    assertThat(admin.auditLogs().list().items()).hasSizeGreaterThan(5);
    assertThat(admin.projects().archive(project.id()).status()).contains("archived");
    assertThat(server.get("/v1/models", key).status()).isEqualTo(401);
  }
}
