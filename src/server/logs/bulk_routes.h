// /elastic: the part of Elasticsearch's interface that log shippers use, so that Filebeat, Winlogbeat, Fluent
// Bit, Vector and rsyslog send to Vedette unchanged. Their output's path is "/elastic".
//
//   GET  /elastic, /elastic/_license, /elastic/_xpack    who are you, are you fit for me
//   GET  /_cat/health, POST /_bulk                       the same for rsyslog, whose output knows no path
//   POST /elastic/_bulk, /elastic/{index}/_bulk          NDJSON: {"index"|"create": {"_index"}} and the
//   event, in turns
//
// And POST /ingest/{source}: NDJSON (the body begins with a brace) or lines of text, gzip or zstd or plain;
// with an Idempotency-Key a request may be sent again.
//
// Signed in with an API token of scope logs:write: as Bearer, as ApiKey (the token, or base64 of "id:token"),
// or as the password of Basic. An answer comes after the events are durable and no worker waits
// for it; 429: send again. Limits: 32 MiB
// a body (64 MiB unpacked), kBulkEventsMax events. Source: Elasticsearch 8 Bulk API.
#pragma once

#include <vector>

#include "net/http_server.h"
#include "server/api/dispatch.h"
#include "server/logs/log_service.h"

namespace vedette::server {

inline constexpr std::size_t kBulkEventsMax = 100'000;

// Null `logs`: 404 that says how to switch it on. The arguments outlive the routes.
std::vector<net::Route> bulk_routes(LogService* logs, const Dispatch& dispatch, const Clock& clock);

// The events of a bulk body, and what each was to be done with. kInvalid names the line.
enum class BulkAction : std::uint8_t { kIndex, kCreate };
struct BulkBody {
  std::vector<std::string> events;
  std::vector<BulkAction> actions;
  std::string index;  // of the first action, "" where none says
};
Result<BulkBody> read_bulk(std::string_view body);

}  // namespace vedette::server
