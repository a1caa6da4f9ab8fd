package io.penstock.api.openai.batches;

/**
 * A file as clients see it.
 *
 * @param status always {@code processed}; clients wait for it
 */
record FileObject(
    String id,
    String object,
    long bytes,
    long createdAt,
    long expiresAt,
    String filename,
    String purpose,
    String status) {}
