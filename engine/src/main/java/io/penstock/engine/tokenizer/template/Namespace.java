package io.penstock.engine.tokenizer.template;

import java.util.Map;

/** {@code namespace(...)}: attributes that can be set from inner scopes. */
record Namespace(Map<String, Object> attributes) {}
