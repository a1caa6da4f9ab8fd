/** A small interpreter of Jinja templates; {@link Template} is the way in. */
package io.penstock.engine.tokenizer.template;
