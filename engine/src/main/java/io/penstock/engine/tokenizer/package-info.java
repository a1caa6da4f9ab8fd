/**
 * Text to token ids and back, chat templates, and decoding as tokens arrive.
 *
 * <p>A checkpoint's {@link io.penstock.engine.core.TokenizerSource} becomes a {@code
 * tokenizer.json} ({@link io.penstock.engine.tokenizer.TokenizerDefinition}: as given, or written
 * from GGUF metadata), which Hugging Face's library runs. {@link
 * io.penstock.engine.tokenizer.ChatTokenizer} is the way in.
 */
package io.penstock.engine.tokenizer;
