package io.penstock.api.openai;

/** How a stream is written. */
record StreamOptions(
    Boolean includeUsage, Boolean includeObfuscation, Boolean continuousUsageStats) {}
