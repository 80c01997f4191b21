// The signed webhook. The receiver recomputes HMAC-SHA-256(secret, timestamp + "." + body) and refuses old
// timestamps; it drops a call whose Idempotency-Key it has seen.
#include <boost/json.hpp>

#include "base/hash.h"
#include "desk/delivery.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

json::object alert_object(const Alert& alert, Language language) {
  return {
      {"id", alert.id},
      {"cycle", alert.cycle},
      {"watch", to_string(alert.watch)},
      {"kind", alert.kind},
      {"severity", to_string(alert.severity)},
      {"state", to_string(alert.state)},
      {"condition_resolved", alert.condition_resolved},
      {"asset", json::object{{"type", alert.asset.type}, {"id", alert.asset.id}, {"name", alert.asset.name}}},
      {"title", render(alert.title, language)},
      {"reason", render(alert.reason, language)},
      {"next_step", render(alert.next_step, language)},
      {"count", alert.count},
      {"first_at", to_rfc3339(alert.first_at)},
      {"last_at", to_rfc3339(alert.last_at)}};
}

std::string body_of(const Parcel& parcel) {
  if (!parcel.claim)
    return json::serialize(json::object{{"event", "test"}, {"title", parcel.notice.subject}});
  Language language = parcel.desk.language();
  const auto& n = parcel.claim->notification;
  json::object body{{"event", "alert"},
                    {"notification", json::object{{"id", n.id}, {"cycle", n.cycle}, {"step", n.step}}},
                    {"alert", alert_object(parcel.claim->alert.alert, language)},
                    {"links", json::object{{"acknowledge", parcel.notice.acknowledge_url},
                                           {"open", parcel.notice.open_url}}}};
  if (const auto& bundle = parcel.claim->bundle; bundle.others > 0) {
    json::array first;
    for (const auto& line : bundle.first)
      first.push_back(json::object{{"severity", to_string(line.severity)},
                                   {"title", render(line.title, language)},
                                   {"asset", line.asset}});
    body["bundle"] = json::object{{"others", bundle.others}, {"first", std::move(first)}};
  }
  if (parcel.claim->finding) body["finding"] = to_ocsf(*parcel.claim->finding, language);
  return json::serialize(body);
}

}  // namespace

Delivered deliver_webhook(const Parcel& parcel, Transport& transport) {
  net::HttpClientRequest request;
  request.method = "POST";
  request.url = parcel.settings.url.reveal();
  request.body = body_of(parcel);
  request.ca_file = parcel.settings.ca_file;
  request.allow_loopback = parcel.desk.options.allow_loopback_webhooks;
  std::string timestamp = std::to_string(to_unix_ms(parcel.desk.clock.wall()) / 1000);
  request.headers = {
      {"Content-Type", "application/json; charset=utf-8"},
      {"Idempotency-Key", parcel.key},
      {"X-Vedette-Timestamp", timestamp},
      {"X-Vedette-Signature",
       "sha256=" + hmac_sha256_hex(parcel.settings.webhook_secret.reveal(), timestamp + "." + request.body)}};
  return outcome_of(transport.http_call(request));
}

}  // namespace vedette::desk
