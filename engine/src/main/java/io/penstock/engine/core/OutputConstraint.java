package io.penstock.engine.core;

import java.util.List;
import java.util.Objects;

/**
 * What a generated text must match, as a value: the engine compiles it and keeps the result ({@code
 * InferenceEngine.prepare}). Parts combine, so a tool call is a sequence of texts and JSON values.
 *
 * <p>JSON is written with little freedom: properties in the order of their schema, and between
 * tokens nothing, one space, or one line break with an indentation.
 */
public sealed interface OutputConstraint {

  /**
   * A JSON value.
   *
   * @param schema its JSON schema, as JSON text
   */
  record Json(String schema) implements OutputConstraint {
    public Json {
      Objects.requireNonNull(schema, "schema");
    }
  }

  /** Any JSON object. */
  record JsonObject() implements OutputConstraint {}

  /**
   * The whole text matches a regular expression.
   *
   * @param pattern in the syntax that ECMAScript and Java share, without look-around and back
   *     references
   */
  record Regex(String pattern) implements OutputConstraint {
    public Regex {
      Objects.requireNonNull(pattern, "pattern");
    }
  }

  /** One of some texts. */
  record Choice(List<String> texts) implements OutputConstraint {
    public Choice {
      texts = List.copyOf(texts);
    }
  }

  /**
   * A context-free grammar.
   *
   * @param source rules in GBNF ({@code root ::= ...}), as llama.cpp and XGrammar read them, or in
   *     Lark's notation ({@code start: ...})
   */
  record Grammar(String source) implements OutputConstraint {
    public Grammar {
      Objects.requireNonNull(source, "source");
    }
  }

  // ---- parts

  /** Exactly this text. */
  record Text(String text) implements OutputConstraint {
    public Text {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * A control token, which no text stands for.
   *
   * @param name as the vocabulary spells it, such as {@code [TOOL_CALLS]}
   */
  record Control(String name) implements OutputConstraint {
    public Control {
      Objects.requireNonNull(name, "name");
    }
  }

  /** One after the other. */
  record Sequence(List<OutputConstraint> parts) implements OutputConstraint {
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /** One of them. */
  record AnyOf(List<OutputConstraint> options) implements OutputConstraint {
    public AnyOf {
      options = List.copyOf(options);
    }
  }

  /**
   * A part several times.
   *
   * @param least at least so often
   * @param most at most so often
   * @param separator stands between two of them
   */
  record Repeated(OutputConstraint part, int least, int most, String separator)
      implements OutputConstraint {
    public Repeated {
      Objects.requireNonNull(part, "part");
      Objects.requireNonNull(separator, "separator");
      if (least < 0 || most < least || most > MOST_REPEATED) {
        throw new IllegalArgumentException(
            "%d to %d times: at most %d".formatted(least, most, MOST_REPEATED));
      }
    }
  }

  /**
   * Free text, in which a trigger may occur; behind the first one stands only what it asks for.
   *
   * @param trigger begins it; not empty
   * @param then all that follows the trigger, to the end of the text
   */
  record Triggered(String trigger, OutputConstraint then) implements OutputConstraint {
    public Triggered {
      Objects.requireNonNull(then, "then");
      if (trigger.isEmpty()) {
        throw new IllegalArgumentException("a trigger has at least one character");
      }
    }
  }

  int MOST_REPEATED = 128;
}
