/** From logits to token ids, on the host. */
package io.penstock.engine.sampling;
