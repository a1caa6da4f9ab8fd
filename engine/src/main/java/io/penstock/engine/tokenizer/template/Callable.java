package io.penstock.engine.tokenizer.template;

/** A value that a template can call: a global function, a method bound to its object, a macro. */
@FunctionalInterface
interface Callable {
  Object call(Arguments arguments, Budget budget);
}
