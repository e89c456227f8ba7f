"""Headers whose values stay: what one needs to debug a stream and to replay it. The value of any other goes.

Names in lower case; a `*` at the end stands for any rest. What names a person or a machine (`from`,
`x-forwarded-for`), and what nobody knows, is not here. A listed name does not save what is secret in the
value. Sources: RFC 9110 and its neighbours, the Fetch standard, the headers that the official SDKs, the
providers and the common gateways send.
"""

from __future__ import annotations

from typing import Final

_HTTP = (
    "accept accept-charset accept-encoding accept-language accept-ranges age allow alt-svc cache-control"
    " connection content-disposition content-encoding content-language content-length content-location"
    " content-range content-security-policy content-security-policy-report-only content-type date"
    " deprecation early-data etag expect expires host idempotency-key x-idempotency-key if-match"
    " if-modified-since if-none-match if-range if-unmodified-since keep-alive last-event-id last-modified"
    " link location max-forwards origin permissions-policy pragma prefer preference-applied priority"
    " proxy-authenticate proxy-connection range referer referrer-policy refresh retry-after retry-after-ms"
    " server server-timing status strict-transport-security sunset surrogate-control surrogate-key te"
    " timing-allow-origin trailer transfer-encoding upgrade upgrade-insecure-requests user-agent vary via"
    " warning www-authenticate x-accel-buffering x-content-type-options x-dns-prefetch-control"
    " x-download-options x-frame-options x-permitted-cross-domain-policies x-powered-by x-requested-with"
    " x-robots-tag x-xss-protection access-control-* cross-origin-* sec-ch-* sec-fetch-* sec-gpc"
    " sec-websocket-* ratelimit ratelimit-* x-ratelimit-* x-rate-limit-* dnt report-to"
    " reporting-endpoints nel"
)
_TRACING = (
    "traceparent tracestate request-id x-request-id x-correlation-id correlation-id x-trace-id"
    " x-amzn-requestid x-amzn-trace-id x-amz-request-id x-amz-cf-id x-amz-cf-pop cf-ray cf-cache-status"
    " apim-request-id x-ms-request-id x-ms-client-request-id x-cloud-trace-context x-cache x-cache-hits"
    " x-served-by x-timer x-runtime x-response-time x-process-time x-envoy-* fly-request-id x-vercel-id"
    " x-github-request-id"
)
_PROVIDERS = (
    "anthropic-version anthropic-beta anthropic-dangerous-direct-browser-access anthropic-ratelimit-*"
    " anthropic-fast-* openai-version openai-beta openai-model openai-processing-ms x-stainless-*"
    " x-should-retry x-goog-api-client x-goog-api-version x-goog-request-params x-gemini-service-tier"
    " x-goog-ext-* api-version x-ms-region x-ms-deployment-name x-ms-rai-invoked x-amzn-bedrock-*"
    " x-amz-date x-amz-content-sha256 x-amz-target x-amz-user-agent amz-sdk-request amz-sdk-invocation-id"
    " x-amz-id-2 azureml-model-group mcp-protocol-version mcp-method mcp-name x-app x-client-name"
    " x-client-version x-title http-referer x-litellm-call-id x-litellm-version x-litellm-model-id"
    " x-litellm-response-cost x-litellm-model-group cohere-version x-debug-trace-id"
    " x-endpoint-monthly-call-limit num_chars num_tokens x-groq-region x-inference-time x-compute-time"
    " x-compute-type x-compute-characters x-proxied-host x-proxied-path x-vercel-ai-data-stream"
    " x-vercel-ai-ui-message-stream x-playhead-*"
)

HEADERS: Final = frozenset(f"{_HTTP} {_TRACING} {_PROVIDERS}".split())
