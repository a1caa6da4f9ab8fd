package io.penstock.api.openai;

import io.penstock.api.gateway.Generation;
import io.penstock.api.gateway.GenerationCall;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Brings the generation of a call into the shape of an endpoint. For one generation. */
interface Answer {
  GenerationCall call();

  /** All of it, when it is complete. */
  Mono<?> whole(Generation generation);

  /** Events as it comes. */
  Flux<?> stream(Generation generation);
}
