package io.penstock.api.platform.access;

/**
 * Where a request comes from, in the Reactor context under this class, for the audit log.
 *
 * @param address of the client, as the server is set up to believe it
 */
public record RequestOrigin(String requestId, String address, String userAgent) {}
