package io.penstock.api.platform.web;

import io.penstock.api.platform.error.ApiException;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.reactivestreams.Publisher;
import org.springframework.core.ResolvableType;
import org.springframework.core.codec.AbstractDecoder;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.util.MimeType;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a JSON body into a wire record: at most so many bytes, valid UTF-8, no unknown fields and
 * no silent conversions. What is wrong becomes a 400 that names the field or the position.
 */
final class StrictJsonDecoder extends AbstractDecoder<Object> {
  private final JsonMapper mapper;
  private final DataSize limit;

  StrictJsonDecoder(JsonMapper mapper, DataSize limit) {
    super(MediaType.APPLICATION_JSON, new MediaType("application", "*+json"));
    this.mapper = mapper;
    this.limit = limit;
  }

  @Override
  public boolean canDecode(ResolvableType type, MimeType mimeType) {
    return type.toClass().isRecord() && super.canDecode(type, mimeType);
  }

  @Override
  public Flux<Object> decode(
      Publisher<DataBuffer> input,
      ResolvableType type,
      MimeType mimeType,
      Map<String, Object> hints) {
    return decodeToMono(input, type, mimeType, hints).flux();
  }

  @Override
  public Mono<Object> decodeToMono(
      Publisher<DataBuffer> input,
      ResolvableType type,
      MimeType mimeType,
      Map<String, Object> hints) {
    return DataBufferUtils.join(input, (int) limit.toBytes())
        .onErrorMap(DataBufferLimitException.class, _ -> BodySizeFilter.tooLarge(limit))
        .map(buffer -> parse(buffer, type.getType()));
  }

  private Object parse(DataBuffer buffer, Type type) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    String text = decodeUtf8(bytes);
    try {
      Object value = mapper.readValue(text, mapper.constructType(type));
      if (value == null) {
        throw ApiException.invalid(null, "The request body must be a JSON object.");
      }
      return value;
    } catch (JacksonException e) {
      throw JsonErrors.translate(e);
    }
  }

  private static String decodeUtf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException _) {
      throw ApiException.invalid(
          null, "invalid_utf8", "The request body is not valid UTF-8, which JSON must be.");
    }
  }
}
