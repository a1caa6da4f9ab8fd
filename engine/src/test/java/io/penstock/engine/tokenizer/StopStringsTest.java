package io.penstock.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class StopStringsTest {

  @Test
  void holdsBackWhatMayBeginAStop() {
    StopStrings stops = new StopStrings(List.of("###", "END"), false);
    assertThat(stops.add("a #")).isEqualTo("a ");
    assertThat(stops.add("#")).isEmpty();
    assertThat(stops.add("b E")).isEqualTo("##b ");
    assertThat(stops.add("N")).isEmpty();
    assertThat(stops.add("D more")).isEmpty();
    assertThat(stops.matched()).isEqualTo("END");
    assertThat(stops.add("x")).isEmpty();
    assertThat(stops.flush()).isEmpty();
  }

  @Test
  void includedStopStaysInTheText() {
    StopStrings stops = new StopStrings(List.of("\n\n"), true);
    assertThat(stops.add("one\n")).isEqualTo("one");
    assertThat(stops.add("\ntwo")).isEqualTo("\n\n");
    assertThat(stops.matched()).isEqualTo("\n\n");
  }

  @Test
  void whatIsHeldBackComesOutAtTheEnd() {
    StopStrings stops = new StopStrings(List.of("stop"), false);
    assertThat(stops.add("do not sto")).isEqualTo("do not ");
    assertThat(stops.flush()).isEqualTo("sto");
    assertThat(stops.matched()).isNull();
  }

  @Test
  void ofStopsThatEndTogetherTheLongestCounts() {
    StopStrings stops = new StopStrings(List.of("b", "ab"), false);
    assertThat(stops.add("xa")).isEqualTo("x");
    assertThat(stops.add("b")).isEmpty();
    assertThat(stops.matched()).isEqualTo("ab");
  }

  @Test
  void emptyStopIsRefused() {
    assertThatThrownBy(() -> new StopStrings(List.of(""), false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Provide
  Arbitrary<String> text() {
    return Arbitraries.strings().withChars("ab").ofMaxLength(30);
  }

  @Provide
  Arbitrary<List<String>> stops() {
    return Arbitraries.strings()
        .withChars("ab")
        .ofMinLength(1)
        .ofMaxLength(5)
        .list()
        .ofMinSize(1)
        .ofMaxSize(3);
  }

  @Property
  void piecesMakeNoDifference(
      @ForAll("text") String text, @ForAll("stops") List<String> stops, @ForAll boolean include) {
    int end = -1; // of the stop that ends first
    int length = 0;
    for (int e = 1; e <= text.length() && end < 0; e++) {
      for (String stop : stops) {
        if (text.substring(0, e).endsWith(stop) && stop.length() > length) {
          end = e;
          length = stop.length();
        }
      }
    }
    String expected = end < 0 ? text : text.substring(0, include ? end : end - length);
    int longest = stops.stream().mapToInt(String::length).max().orElseThrow();

    StopStrings matcher = new StopStrings(stops, include);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      out.append(matcher.add(text.substring(i, i + 1)));
      if (matcher.matched() == null) {
        assertThat(i + 1 - out.length()).isLessThan(longest);
      }
    }
    assertThat(matcher.matched() != null).isEqualTo(end >= 0);
    assertThat(out + matcher.flush()).isEqualTo(expected);
  }
}
