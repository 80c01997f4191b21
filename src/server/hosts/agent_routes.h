// What agents call, on a listener of their own with mutual TLS (/agent/v1, JSON). Only enrolment is open to
// one without a certificate; everything else is answered to a known host that is not revoked, looked up anew
// for each request. The protocol has no way to run anything on a host.
//
//   POST enrol      {token, request, facts} → {host_id, certificate, not_after, command_key}
//   POST renew      {request}               → {certificate, not_after}
//   POST heartbeat  {facts, now, state?}    → {now, interval_s, orders: [signed…], policy?: signed}
//   POST records    {epoch, records: [{sequence, body}…]} → {acknowledged}
//   POST logs       the same, of what the host's logs say (agent_logs.h)
//
// facts: {name, os, kernel, arch, version}; `request` and `certificate` are PEM; state: host_state.h. Signed:
// {payload, signature}, Ed25519 over the payload's bytes, base64, by command_key (policy.h, host_orders.h).
// An agent that tells no state is one of before orders and gets none. 401: enrol (again); 409: send again;
// 429: quota, after Retry-After seconds; 503: later. Hostile input: bodies are bounded (64 KiB, heartbeat 512
// KiB, records and logs 4 MiB) and their nesting too.
#pragma once

#include <vector>

#include "net/http_server.h"
#include "server/hosts/agent_logs.h"
#include "server/hosts/hosts.h"

namespace vedette::server {

// Null `logs`: this server takes none (404).
std::vector<net::Route> agent_routes(Hosts& hosts, AgentLogs* logs, const Clock& clock);

// <folder>/listener.{pem,key}: the listener's own certificate, made and signed by the authority when missing.
// Agents know the listener by its key (net::certificate_pin), so it must be kept with the database's backup.
Result<net::TlsFiles> agent_listener_tls(const std::filesystem::path& folder,
                                         const net::CertificateAuthority& authority, const Clock& clock);

}  // namespace vedette::server
