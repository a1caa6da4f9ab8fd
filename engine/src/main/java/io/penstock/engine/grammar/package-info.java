/**
 * Structured output: from what a text must match to the tokens that may come next.
 *
 * <ol>
 *   <li>{@code expr}: languages of bytes as expressions; readers of regular expressions and of
 *       GBNF.
 *   <li>{@code schema}: JSON Schema as an expression.
 *   <li>{@code automaton}: an expression as a pushdown automaton whose deterministic states are
 *       made as texts need them.
 *   <li>{@code mask}: a state as a set of tokens. Most tokens are plain text and most states allow
 *       all of these or none, so they are ready slices (the idea of llguidance's slicer); the rest
 *       is walked as a trie. What was worked out stays with the state, as XGrammar keeps masks of
 *       its context-independent tokens. Near the end of what a text may have, tokens are left out
 *       behind which it could not be completed.
 * </ol>
 *
 * {@link io.penstock.engine.grammar.GrammarCompiler} joins and keeps them; a request's choice holds
 * a {@link io.penstock.engine.grammar.mask.GrammarMatcher}, whose place follows from its tokens.
 *
 * <p><b>Tool calls.</b> A call is a sequence of parts, for example in the Hermes convention
 *
 * <pre>
 * call = Sequence(Text("&lt;tool_call>\n{\"name\": \"f\", \"arguments\": "), Json(schema of f), Text("}\n&lt;/tool_call>"))
 * </pre>
 *
 * where a control token begins a call (Mistral), {@code Control("[TOOL_CALLS]")} stands for the
 * text. {@code tool_choice: required} is {@code Repeated(AnyOf(calls), 1, n, "\n")}, a named one a
 * single call; {@code auto} with strict schemas is {@code Triggered("<tool_call>", rest of the
 * calls)}: free text, and behind the trigger nothing but calls.
 */
package io.penstock.engine.grammar;
