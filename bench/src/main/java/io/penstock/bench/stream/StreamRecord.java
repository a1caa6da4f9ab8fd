package io.penstock.bench.stream;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What streams received.
 *
 * @param requests requests that ended, well or not
 * @param complete those with every token and [DONE]
 * @param tokens all tokens, outside the window too
 * @param windowTokens tokens within the window
 * @param processorNanos processor time of the load processes
 * @param wallNanos their time, added up
 * @param firsts from sending to the first token, seconds, of requests sent within the window
 * @param gaps from one event with tokens to the next, seconds, within the window
 * @param failure the first one, or empty
 */
public record StreamRecord(
    int requests,
    int complete,
    long tokens,
    long windowTokens,
    long processorNanos,
    long wallNanos,
    float[] firsts,
    float[] gaps,
    String failure) {

  void write(Path file) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeInt(requests);
      out.writeInt(complete);
      out.writeLong(tokens);
      out.writeLong(windowTokens);
      out.writeLong(processorNanos);
      out.writeLong(wallNanos);
      write(out, firsts);
      write(out, gaps);
      out.writeUTF(failure);
    }
  }

  static StreamRecord read(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      return new StreamRecord(
          in.readInt(),
          in.readInt(),
          in.readLong(),
          in.readLong(),
          in.readLong(),
          in.readLong(),
          readFloats(in),
          readFloats(in),
          in.readUTF());
    }
  }

  /** All together. */
  static StreamRecord sum(List<StreamRecord> parts) {
    return new StreamRecord(
        parts.stream().mapToInt(StreamRecord::requests).sum(),
        parts.stream().mapToInt(StreamRecord::complete).sum(),
        parts.stream().mapToLong(StreamRecord::tokens).sum(),
        parts.stream().mapToLong(StreamRecord::windowTokens).sum(),
        parts.stream().mapToLong(StreamRecord::processorNanos).sum(),
        parts.stream().mapToLong(StreamRecord::wallNanos).sum(),
        join(parts.stream().map(StreamRecord::firsts)),
        join(parts.stream().map(StreamRecord::gaps)),
        parts.stream().map(StreamRecord::failure).filter(f -> !f.isEmpty()).findFirst().orElse(""));
  }

  private static float[] join(Stream<float[]> parts) {
    return parts.reduce(
        new float[0],
        (a, b) -> {
          float[] both = Arrays.copyOf(a, a.length + b.length);
          System.arraycopy(b, 0, both, a.length, b.length);
          return both;
        });
  }

  private static void write(DataOutputStream out, float[] values) throws IOException {
    out.writeInt(values.length);
    for (float value : values) {
      out.writeFloat(value);
    }
  }

  private static float[] readFloats(DataInputStream in) throws IOException {
    float[] values = new float[in.readInt()];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.readFloat();
    }
    return values;
  }

  /** Gathers what many threads receive. */
  static final class Builder {
    private final Floats firsts = new Floats();
    private final Floats gaps = new Floats();
    private int requests;
    private int complete;
    private long tokens;
    private long windowTokens;
    private long processorNanos;
    private long wallNanos;
    private String failure = "";

    synchronized void first(long sent, long now, long from, long to) {
      if (sent >= from && sent < to) {
        firsts.add((now - sent) / 1e9f);
      }
    }

    synchronized void gap(long last, long now, long from, long to) {
      if (last >= from && now < to) {
        gaps.add((now - last) / 1e9f);
      }
    }

    synchronized void tokens(int count, long now, long from, long to) {
      tokens += count;
      windowTokens += now >= from && now < to ? count : 0;
    }

    synchronized void ended(int received, boolean whole) {
      requests++;
      complete += whole ? 1 : 0;
    }

    synchronized void failed(String reason) {
      requests++;
      failure = failure.isEmpty() ? reason : failure;
    }

    void processor(long processorNanos, long wallNanos) {
      this.processorNanos = processorNanos;
      this.wallNanos = wallNanos;
    }

    synchronized StreamRecord build() {
      return new StreamRecord(
          requests,
          complete,
          tokens,
          windowTokens,
          processorNanos,
          wallNanos,
          firsts.toArray(),
          gaps.toArray(),
          failure);
    }
  }

  private static final class Floats {
    private float[] values = new float[1024];
    private int size;

    void add(float value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = value;
    }

    float[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }
}
