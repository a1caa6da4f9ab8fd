package io.penstock.engine.tokenizer.template;

import java.util.List;

/**
 * What a dict's {@code keys()}, {@code values()} or {@code items()} gives.
 *
 * @param kind the method's name
 */
record DictView(String kind, List<Object> items) {}
