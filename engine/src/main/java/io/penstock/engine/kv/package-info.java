/** The KV cache's bookkeeping: which blocks belong to which sequence. Integers only. */
package io.penstock.engine.kv;
