package io.penstock.api.openai;

import io.penstock.api.gateway.Gateway;
import io.penstock.api.platform.web.JsonBodies;
import java.util.function.BiFunction;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** Chats, text completions and embeddings in batches. */
@Configuration(proxyBeanMethods = false)
class TextBatchEndpoints {

  @Bean
  BatchEndpoint chatBatches(
      ChatCalls calls, Gateway gateway, TextWork textWork, JsonBodies bodies) {
    return generating(
        ChatCompletionController.PATH,
        gateway,
        textWork,
        (body, source) -> {
          ChatCompletionRequest request = bodies.read(body, ChatCompletionRequest.class);
          BatchEndpoint.refuseStream(request.stream());
          return new ChatAnswer(request, calls.prepare(request, source), source.context());
        });
  }

  @Bean
  BatchEndpoint completionBatches(
      CompletionCalls calls, Gateway gateway, TextWork textWork, JsonBodies bodies) {
    return generating(
        CompletionController.PATH,
        gateway,
        textWork,
        (body, source) -> {
          CompletionRequest request = bodies.read(body, CompletionRequest.class);
          BatchEndpoint.refuseStream(request.stream());
          return new CompletionAnswer(request, calls.prepare(request, source), source.context());
        });
  }

  private static BatchEndpoint generating(
      String path,
      Gateway gateway,
      TextWork textWork,
      BiFunction<JsonNode, CallSource, Answer> prepare) {
    return new BatchEndpoint() {
      @Override
      public String path() {
        return path;
      }

      @Override
      public Mono<?> run(JsonNode body, CallSource source) {
        return textWork
            .run(() -> prepare.apply(body, source))
            .flatMap(answer -> gateway.start(answer.call()).flatMap(answer::whole));
      }
    };
  }

  @Bean
  BatchEndpoint embeddingBatches(
      EmbeddingCalls calls, Gateway gateway, TextWork textWork, JsonBodies bodies) {
    return new BatchEndpoint() {
      @Override
      public String path() {
        return EmbeddingController.PATH;
      }

      @Override
      public Mono<?> run(JsonNode body, CallSource source) {
        return textWork
            .run(() -> bodies.read(body, EmbeddingRequest.class))
            .flatMap(
                request ->
                    textWork
                        .run(() -> calls.prepare(request, source))
                        .flatMap(gateway::embed)
                        .flatMap(embedding -> EmbeddingCalls.answer(request, embedding)));
      }
    };
  }
}
