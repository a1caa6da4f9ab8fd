package io.penstock.engine.tokenizer.template;

import java.util.Iterator;

/** What lazy filters give: can be gone through once, has no length and no elements by index. */
record Generator(Iterator<?> items) {}
