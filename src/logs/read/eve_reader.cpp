#include "logs/read/eve_reader.h"

#include <array>

#include "logs/read/field_names.h"
#include "logs/read/timestamp.h"

namespace vedette::logs {
namespace {

constexpr auto kNames = std::to_array<FieldName>({
    {"alert.category", "event.reason"},
    {"alert.rev", "rule.version", true},
    {"alert.severity", "event.severity", true},
    {"alert.signature", "rule.name"},
    {"alert.signature_id", "rule.id"},
    {"app_proto", "network.protocol"},
    {"community_id", "network.community_id"},
    {"dest_ip", "destination.ip"},
    {"dest_port", "destination.port", true},
    {"dns.rcode", "dns.response_code"},
    {"dns.rrname", "dns.question.name"},
    {"dns.rrtype", "dns.question.type"},
    {"fileinfo.filename", "file.path"},
    {"fileinfo.md5", "file.hash.md5"},
    {"fileinfo.sha256", "file.hash.sha256"},
    {"fileinfo.size", "file.size", true},
    {"flow.bytes_toclient", "destination.bytes", true},
    {"flow.bytes_toserver", "source.bytes", true},
    {"flow.pkts_toclient", "destination.packets", true},
    {"flow.pkts_toserver", "source.packets", true},
    {"host", "observer.hostname"},
    {"http.hostname", "url.domain"},
    {"http.http_method", "http.request.method"},
    {"http.http_refer", "http.request.referrer"},
    {"http.http_user_agent", "user_agent.original"},
    {"http.length", "http.response.body.bytes", true},
    {"http.status", "http.response.status_code", true},
    {"http.url", "url.original"},
    {"proto", "network.transport"},
    {"src_ip", "source.ip"},
    {"src_port", "source.port", true},
    {"ssh.client.software_version", "user_agent.original"},
    {"tls.fingerprint", "tls.server.hash.sha1"},
    {"tls.issuerdn", "tls.server.issuer"},
    {"tls.ja3.hash", "tls.client.ja3"},
    {"tls.sni", "tls.client.server_name"},
    {"tls.subject", "tls.server.subject"},
    {"tls.version", "tls.version"},
});
static_assert(is_sorted(kNames));

}  // namespace

bool like_eve(std::string_view head) {
  if (!head.starts_with('{')) return false;
  const std::string_view line = head.substr(0, head.find('\n'));
  return line.find("\"event_type\":") != std::string_view::npos &&
         line.find("\"timestamp\":") != std::string_view::npos;
}

Result<std::optional<EventView>> EveReader::next() {
  if (!records_) {
    TRY_ASSIGN(auto opened, JsonRecords::open(std::move(input_)));
    records_.emplace(std::move(opened));
  }
  TRY_ASSIGN(const auto record, records_->next());
  if (!record) return std::nullopt;
  EventView event;
  const auto outcome = event_.read(record->text, event);
  ++counters_.read;
  if (outcome == JsonEvent::Outcome::kMalformed) counters_.add_unparsed(record->position, record->text);
  fields_.clear();
  for (const Field& field : event.fields) fields_.add_field(field);
  for (const Field& field : event.fields) {
    if (field.name == "timestamp") {
      if (const auto time = parse_log_time(field.value); time && time->has_year) event.time = time->time;
    } else if (field.name == "event_type") {
      fields_.add("event.category", field.value == "alert" ? "intrusion_detection" : "network");
      fields_.add("event.action", field.value);
    } else if (field.name == "alert.action") {
      fields_.add("event.type", field.value == "blocked" ? "denied" : "allowed");
    }
    const FieldName* ecs = find_name(kNames, field.name);
    if (ecs == nullptr || field.kind == ValueKind::kNull) continue;
    if (field.escaped) {
      fields_.add_field({ecs->to, field.value, field.kind, true});
    } else {
      add_named(*ecs, field.value, fields_);
    }
  }
  if (outcome == JsonEvent::Outcome::kCut || record->cut || fields_.cut()) ++counters_.cut;
  event.fields = fields_.fields();
  event.source = {"", "", "suricata"};
  return event;
}

}  // namespace vedette::logs
