package io.penstock.api.platform.web;

import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Bodies that do not come as one of their own, read as strictly as those that do. */
@Component
public final class JsonBodies {
  private final JsonMapper mapper;

  JsonBodies(JsonMapper mapper) {
    this.mapper = mapper;
  }

  /**
   * @throws io.penstock.api.platform.error.ApiException 400 that names the field
   */
  public <T> T read(JsonNode body, Class<T> type) {
    try {
      return mapper.treeToValue(body, type);
    } catch (JacksonException e) {
      throw JsonErrors.translate(e);
    }
  }
}
