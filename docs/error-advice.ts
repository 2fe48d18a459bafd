/** What to do about each code, for the last column of `errors.md`. A test holds the codes equal to the tables. */

/** Code → what to do, in one or two short sentences. */
export const ADVICE: Readonly<Record<string, string>> = {
  GW_REQ_MALFORMED:
    'Look at the raw request. Two framings, an odd header name or a bare line break are refused on purpose.',
  GW_REQ_HOST_INVALID: 'The client must send one valid `Host`, the same as in an absolute target.',
  GW_REQ_TARGET_INVALID:
    'The log line names the rule and the option of `paths` that would allow it. Prefer to mend the client.',
  GW_REQ_BODY_ABORTED:
    'The client ended its upload early, or sent less than `Content-Length`. Look at the client.',
  GW_REQ_METHOD_REFUSED: '`CONNECT` and `TRACE` are never forwarded. Use another method.',
  GW_REQ_TIMEOUT:
    'The client did not send its headers within 30 s. A slow network, or somebody holding connections open.',
  GW_REQ_BODY_TIMEOUT:
    'The upload paused longer than `timeouts.idleMs`. Look at the client, or raise it on this route.',
  GW_REQ_BODY_TOO_LARGE: 'Send less, or raise `limits.requestBodyBytes` on this route.',
  GW_REQ_TARGET_TOO_LONG: 'Shorten the query, or raise `limits.requestTargetBytes`.',
  GW_REQ_EXPECT_UNKNOWN: 'Only `Expect: 100-continue` is known. Remove the header.',
  GW_REQ_HEADERS_TOO_LARGE:
    'Often a cookie that grew. Else raise `limits.requestHeaderBytes` or `requestHeaderCount`.',
  GW_REQ_LOOP:
    'An endpoint leads back to this gateway. Look at the routes. Two gateways in a row need two names (`via`).',
  GW_CLIENT_ABORTED:
    'Nobody was left to answer. Compare the timeout of the client with the time of the upstream.',
  GW_CLIENT_STALLED: 'The client took nothing of the response for `timeouts.idleMs`. Look at the client.',
  GW_ROUTE_NOT_FOUND:
    'Compare host, path and method with the routes. A gateway with `upstream` has a route for everything.',
  GW_GATEWAY_CLOSING:
    'Send it again; another replica answers. Many of these: raise `graceMs`, or take traffic away earlier.',
  GW_GATEWAY_INTERNAL: 'A bug. The log line has the cause; report it.',
  GW_HOST_BODY_READ: 'Mount `gateway.handler` before any body parser of the host.',
  GW_PLUGIN_THREW:
    'The log line names plugin and hook. Set the plugin `off` and reload if it is not needed now.',
  GW_PLUGIN_TIMEOUT: 'What the plugin waits for is slow. Look there; `timeouts.pluginMs` is the bound.',
  GW_GUARD_THREW:
    'The guard fails closed. The log line has the cause. `shadow` lets traffic pass: know what that opens.',
  GW_GUARD_TIMEOUT: 'What the guard waits for is slow. Look there; `timeouts.pluginMs` is the bound.',
  GW_UPSTREAM_NO_ENDPOINT:
    'No plugin picked an endpoint and the route has none, or the source of its endpoints has not answered yet. Look at the routing options, and in the log for the name of the service.',
  GW_UPSTREAM_BUSY:
    'The endpoint has `limits.concurrencyPerEndpoint` attempts open. It is slow, or needs more replicas.',
  GW_UPSTREAM_CONNECT_REFUSED:
    'Nothing listens there, or the network says no. Is the service up, is the address right?',
  GW_UPSTREAM_DNS: 'The name does not resolve from this machine. Check it, and the resolver.',
  GW_UPSTREAM_TLS: 'Certificate, name or protocol do not fit. The cause in the log says which.',
  GW_UPSTREAM_RESET:
    'The service, or something between, closed the connection. Look at its log; compare keep-alive times.',
  GW_UPSTREAM_BAD_RESPONSE: 'What answers does not speak HTTP/1.1. Is it the right port?',
  GW_UPSTREAM_HEADERS_TOO_LARGE: 'The service sends more than 16 KiB of headers. Often cookies.',
  GW_UPSTREAM_BODY_CUT:
    'The service ended in mid-body, or reset a tunnel, so the client was cut as well. Look at its log.',
  GW_UPSTREAM_CONNECT_TIMEOUT:
    'The machine is down, full, or a firewall drops packets. `timeouts.connectMs` is the bound.',
  GW_UPSTREAM_OUTPACED:
    'Never answered. The attempt ran beside another one of the same exchange, and that was answered first.',
  GW_UPSTREAM_ATTEMPT_TIMEOUT:
    'The service is slow, and no attempt was left. `timeouts.attemptMs` is the bound of each one.',
  GW_UPSTREAM_HEADERS_TIMEOUT:
    'The service is slow. `timeouts.headersMs` is the bound; look at the service first.',
  GW_UPSTREAM_IDLE_TIMEOUT:
    'Nothing moved for `timeouts.idleMs`. A stream with long pauses needs a higher one on its route, a WebSocket pings.',
  GW_UPSTREAM_TOTAL_TIMEOUT: '`timeouts.totalMs` of the route ran out, retries included.',
  GW_OPTIONS_INVALID: 'The message names the field, what was found and what is needed.',
  GW_LISTEN_FAILED: 'The port is taken, or not allowed. Choose another.',
  GW_PLUGIN_UNKNOWN: 'A route names a plugin that is not loaded. Add it, or mend the name.',
  GW_PLUGIN_DUPLICATE: 'Remove one of the two. Short names must differ as well.',
  GW_PLUGIN_INVALID: 'For the author of the plugin: the message names the field of the definition.',
  GW_PLUGIN_API_MISMATCH: 'Update the plugin or core; the message says which.',
  GW_PLUGIN_OPTIONS_INVALID: 'The message names the field, what was found and what is needed.',
  GW_PLUGIN_SETUP_FAILED: 'The plugin threw in `setup` or in `onRoute`. The message has its words.',
  GW_PLUGIN_TAPPED_LATE: 'For the author of the plugin: tap in `setup`, or in an `onRoute` tap.',
  GW_SLOT_UNPROVIDED: 'Add a plugin that provides the slot.',
  GW_SLOT_CONFLICT: 'Two providers of one slot, or versions that do not fit. The message names both plugins.',
  GW_SLOT_CYCLE: 'For the authors: the message has the circle. One of them must not require the other.',
  GW_AUTH_REQUEST_INVALID:
    'Send one header with credentials in the form of their scheme, such as `Authorization: Bearer <token>`.',
  GW_AUTH_TOKEN_MISSING:
    'Send credentials that the challenge names. The caller may have lost it on a redirect, or never sent one.',
  GW_AUTH_TOKEN_MALFORMED:
    'What is sent is no signed JWT, or larger than 16 KiB. Opaque tokens need the option `introspection`.',
  GW_AUTH_TOKEN_EXPIRED: 'Fetch a new token. When it happens to fresh ones, compare the clocks.',
  GW_AUTH_TOKEN_NOT_YET_VALID:
    'Compare the clocks of issuer and gateway. `clockToleranceMs` is the tolerance.',
  GW_AUTH_TOKEN_INVALID:
    'Compare `iss`, `aud`, algorithm and `typ` of the token with the options of the plugin.',
  GW_AUTH_TOKEN_BOUND:
    'Call with the client certificate that the token was issued to (`cnf` of the token), or ask the issuer for a plain bearer token: DPoP is not checked. The debug log names the reason.',
  GW_AUTH_KEY_UNKNOWN:
    'The token was signed with a key that its issuer does not publish: another environment, or a key that was removed.',
  GW_AUTH_CREDENTIALS_INVALID:
    'Check that the key, password, certificate or signature is the current one; the debug log names the reason.',
  GW_AUTH_REVOKED: 'Ask for new credentials; if that was not meant, look at the revocation list.',
  GW_AUTH_CALLER_FORBIDDEN:
    'Compare the caller with `callers`, `kinds`, `audiences`, `claims` and `check` of the route. The log says which did not fit.',
  GW_AUTH_SCOPE_MISSING: 'The challenge names the scopes. Give them to the caller, or look at the route.',
  GW_AUTH_ISSUER_FORBIDDEN: 'The token is good, but not for this route. See `issuers` of the route.',
  GW_AUTH_KEYS_UNAVAILABLE:
    'The key set of the issuer cannot be fetched. The log says why; the gateway goes on trying.',
  GW_AUTH_AUTHORITY_UNAVAILABLE:
    'Check the introspection or decision service, or the file of keys or users; nothing passes unchecked meanwhile.',
  GW_AUTH_REVOCATIONS_UNAVAILABLE:
    'Put the file of `revocations` in its place or repair it; the log says what is wrong. An empty list is `[]`.',
  GW_AUTH_OVERLOADED:
    'More new credentials than can be checked. For tokens raise `workers.threads`; for passwords look for who guesses them.',
  GW_AUTH_VERIFIER_FAILED: 'The worker died twice with the same tokens. The log has the cause; report it.',
}
