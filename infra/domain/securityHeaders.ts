/** Sources by directive of a Content-Security-Policy: `{"img-src": ["'self'", "data:"]}`. */
export type ContentSources = Readonly<Record<string, readonly string[]>>;

/** Nothing is loaded from anywhere else, and nobody shows the pages in a frame. */
const strictSources: ContentSources = {
  "default-src": ["'self'"],
  "base-uri": ["'self'"],
  "form-action": ["'self'"],
  "frame-ancestors": ["'none'"],
  "object-src": ["'none'"],
};

/** The policy as a header; `extra` adds sources, and replaces those of a directive that is named there. */
export function contentSecurityPolicy(extra: ContentSources = {}): string {
  return Object.entries({ ...strictSources, ...extra })
    .map(([directive, sources]) => [directive, ...sources].join(" "))
    .join("; ");
}

/** Headers of every page: browsers keep to HTTPS for two years, never guess a type and never frame the page. */
export function securityHeaders(extra: ContentSources = {}): Record<string, string> {
  return {
    "Content-Security-Policy": contentSecurityPolicy(extra),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  };
}
