package io.penstock.engine.tokenizer.template;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A compiled Jinja template, in the subset that models' chat templates use and with the settings of
 * Hugging Face's {@code apply_chat_template}: {@code trim_blocks}, {@code lstrip_blocks}, loop
 * controls, the {@code generation} tag, {@code raise_exception}, a {@code tojson} without HTML
 * escapes, no automatic escaping. Semantics follow Jinja 3.1 and Python.
 *
 * <p>How it works: {@link Lexer} cuts the source into text and tags, {@link StatementParser} makes
 * a syntax tree, {@link Renderer} walks it. Values given are data: they are printed, never
 * interpreted. A rendering works on a copy of them and is bounded in steps, output and depth
 * ({@link Budget}), so neither template nor data can hang the server.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class Template {
  private final List<Stmt> body;

  private Template(List<Stmt> body) {
    this.body = body;
  }

  /**
   * @throws TemplateException when the template is malformed, with the line
   */
  public static Template compile(String source) {
    return new Template(new StatementParser(new TokenStream(Lexer.tokens(source))).template());
  }

  /**
   * @param variables JSON-like values: Map, List, String, Number, Boolean, null
   * @throws TemplateException when the template fails, or refuses the variables
   */
  public String render(Map<String, ?> variables) {
    return render(variables, null);
  }

  /**
   * @param clock the time that the function {@code strftime_now} formats; without a clock there is
   *     no such function
   */
  public String render(Map<String, ?> variables, Clock clock) {
    Map<String, Object> all = new HashMap<>(Globals.ALL);
    if (clock != null) {
      Callable now =
          (arguments, budget) ->
              Strftime.format(arguments.requireText(0, "format"), ZonedDateTime.now(clock));
      all.put("strftime_now", now);
    }
    variables.forEach((name, value) -> all.put(name, Values.adopt(value)));
    return new Renderer().render(body, all);
  }

  /**
   * Whether some loop goes through a variable, attribute or item of this name: a template that
   * loops over {@code content} takes a message's content in parts.
   */
  public boolean iteratesOver(String name) {
    return LoopFinder.iteratesOver(body, name);
  }
}
