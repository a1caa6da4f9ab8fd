package io.penstock.api.openai;

import io.penstock.api.gateway.Gateway;
import io.penstock.api.platform.web.JsonBodies;
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
    return new BatchEndpoint() {
      @Override
      public String path() {
        return ChatCompletionController.PATH;
      }

      @Override
      public Mono<?> run(JsonNode body, CallSource source) {
        return textWork
            .run(
                () -> {
                  ChatCompletionRequest request = bodies.read(body, ChatCompletionRequest.class);
                  BatchEndpoint.refuseStream(request.stream());
                  ChatCall call = calls.prepare(request, source);
                  return new Prepared<>(
                      call.generation(), new ChatAnswer(request, call, source.context()));
                })
            .flatMap(ready -> gateway.start(ready.call()).flatMap(g -> ready.answer().whole(g)));
      }
    };
  }

  @Bean
  BatchEndpoint completionBatches(
      CompletionCalls calls, Gateway gateway, TextWork textWork, JsonBodies bodies) {
    return new BatchEndpoint() {
      @Override
      public String path() {
        return CompletionController.PATH;
      }

      @Override
      public Mono<?> run(JsonNode body, CallSource source) {
        return textWork
            .run(
                () -> {
                  CompletionRequest request = bodies.read(body, CompletionRequest.class);
                  BatchEndpoint.refuseStream(request.stream());
                  var call = calls.prepare(request, source);
                  return new Prepared<>(
                      call, new CompletionAnswer(request, call, source.context()));
                })
            .flatMap(ready -> gateway.start(ready.call()).flatMap(g -> ready.answer().whole(g)));
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

  /** What is to be run, and who brings it into shape. */
  private record Prepared<T>(io.penstock.api.gateway.GenerationCall call, T answer) {}
}
