/**
 * A certificate for localhost and 127.0.0.1 that signs itself, for tests of TLS. Made with
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`.
 *
 * @module
 */

export const certificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUfvSk7KRzlLhfRTwHvQ00Eoa7sY0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzAwNTUwN1oYDzIxMjYxMDMw
MDA1NTA3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATVJ3+9NgDZC4QJ4J64vmiLsMqbOfsrMWLxP5ukCj7nEF+vj/h85Ts7
WAW3DSlq0/a1dAQIJz6Dq7BZhrm+0S3bo28wbTAdBgNVHQ4EFgQU0toybp9+t/rj
NcB+JsNdD+r8BpMwHwYDVR0jBBgwFoAU0toybp9+t/rjNcB+JsNdD+r8BpMwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAMOtFdMUpGrjznPs1O0i1aenoU/0sR9fsCa+tSRxgdCOAiBb
r07i256lIqvryXGXhm3CFQlqfzMkF/f6giNVaFlwEQ==
-----END CERTIFICATE-----
`;

/** Its key, which protects nothing. */
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgY9bdYEaNAef8a0GT
SWJkENFI7T6oVkK+a2vcb9DESe2hRANCAATVJ3+9NgDZC4QJ4J64vmiLsMqbOfsr
MWLxP5ukCj7nEF+vj/h85Ts7WAW3DSlq0/a1dAQIJz6Dq7BZhrm+0S3b
-----END PRIVATE KEY-----
`;
