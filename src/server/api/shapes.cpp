#include "server/api/shapes.h"

#include "server/accounts/role.h"

#include <iterator>

namespace vedette::server {
using namespace shape;

namespace {
Schema maybe_time() { return nullable(time()); }
Schema maybe_text(std::int64_t most = 4096) { return nullable(text(most)); }
Schema plain() { return text(4096); }
Schema closed(std::vector<SchemaField> a, std::vector<SchemaField> b) {
  std::ranges::move(b, std::back_inserter(a));
  return object(std::move(a));
}
}  // namespace

Schema channel_kind() {
  return one_of({"smtp", "webhook", "slack", "mattermost", "teams", "mailbox", "sms"});
}
Schema severity_name() { return one_of({"informational", "low", "medium", "high", "critical"}); }

Schema user_shape() {
  return object({required("id", id()), required("username", text(64)), required("display_name", text(120)),
                 required("role", one_of(role_names())), required("language", one_of({"vi", "en"})),
                 required("disabled", boolean()), required("second_factor", boolean()),
                 required("password", boolean()), required("provider", nullable(one_of({"ldap", "oidc"}))),
                 required("break_glass", boolean()), required("created_at", time()),
                 required("last_sign_in_at", maybe_time())});
}
Schema scope_name() { return one_of(scope_names()); }
Schema session_shape() {
  auto line = nullable(one_of({"viewer", "analyst", "lead", "admin"}));
  auto rights = object({required("read", line), required("change", line), required("areas", any())});
  return object({required("user", reference("User")), required("rights", std::move(rights)),
                 required("csrf_token", text()), required("setup_needed", boolean()),
                 required("second_factor_due", maybe_time()), required("second_factor_needed", boolean()),
                 required("version", text())});
}

std::vector<SchemaField> site_fields() {
  return {required("id", id()),
          required("name", text(200)),
          required("url", text(2048)),
          required("state", one_of({"learning", "ok", "warn", "critical", "unavailable", "paused",
                                    "maintenance", "blind"})),
          required("enabled", boolean()),
          required("interval_s", count()),
          required("render", one_of({"auto", "never", "always"})),
          required("tags", list(text(64), 32)),
          required("tour", boolean()),
          required("learned", count()),
          required("learn_target", count()),
          required("created_at", maybe_time()),
          required("last_check_at", maybe_time()),
          required("last_change_at", maybe_time()),
          required("next_check_at", maybe_time()),
          required("window_until", maybe_time()),
          required("last_error", maybe_text()),
          required("http_status", count()),
          required("latency_ms", count()),
          required("latency_spark", list(integer(-1, 1 << 30), 30)),
          required("last_snapshot", maybe_text()),
          required("reference_snapshot", maybe_text()),
          required("open_alerts", count())};
}
Schema site_shape() { return object(site_fields()); }
Schema site_detail_shape() {
  return closed(site_fields(),
                {required("config", any()), required("details", any()),
                 required("sights", list(object({required("what", plain()), required("ok", boolean()),
                                                 required("reason", plain())})))});
}
std::vector<SchemaField> site_settings(bool url_required) {
  return {{"url", text(2048, 1), url_required},
          optional("name", text(200)),
          optional("enabled", boolean()),
          optional("interval_s", integer(5, 86'400)),
          optional("render", one_of({"auto", "never", "always"})),
          optional("tags", list(text(64, 1), 32)),
          optional("headers", map(text(4096), 32)),
          optional("user_agent", text(400)),
          optional("proxy", text(400)),
          optional("basic_user", text(200)),
          optional("basic_password", text(400)),
          optional("bearer_token", text(4096)),
          optional("verify_tls", boolean())};
}
Schema check_shape() {
  return object({required("id", id()), required("at", time()), required("verdict", text(32)),
                 required("http_status", count()), required("latency_ms", integer(-1, 1 << 30)),
                 required("bytes", count()), required("detail", plain()),
                 required("snapshot", maybe_text())});
}
Schema snapshot_shape() {
  return object({required("id", id()), required("at", time()),
                 required("kind", one_of({"page", "rendered_page", "screenshot", "visitor_page"})),
                 required("sha256", text(64)), required("bytes", count()), required("verdict", text(32)),
                 required("approved", boolean())});
}
Schema ignore_shape() {
  return object({required("id", id()), required("where", plain()), required("reason", plain()),
                 required("by", text()), required("at", time())});
}

std::vector<SchemaField> alert_fields() {
  return {required("id", id()),
          required("watch", text(16)),
          required("kind", text(64)),
          required("severity", severity_name()),
          required("state", one_of({"new", "acknowledged", "closed"})),
          required("resolution", one_of({"none", "true_positive", "false_positive", "benign", "duplicate"})),
          required("asset", object({required("type", text(32)), required("id", text(64)),
                                    required("name", text(400))})),
          required("title", plain()),
          required("reason", plain()),
          required("next_step", plain()),
          required("count", count()),
          required("cycle", count()),
          required("condition_resolved", boolean()),
          required("first_at", time()),
          required("last_at", time()),
          required("updated_at", time()),
          required("acknowledged_at", maybe_time()),
          required("acknowledged_by", maybe_text()),
          required("snoozed_until", maybe_time()),
          required("closed_at", maybe_time()),
          required("closed_by", maybe_text()),
          required("close_note", maybe_text()),
          required("merged_into", maybe_text()),
          required("step", count()),
          required("unit", text(64)),
          required("next_step_at", maybe_time()),
          required("file_incident_id", nullable(id()))};
}
Schema alert_shape() { return object(alert_fields()); }
Schema alert_detail_shape() {
  auto finding =
      object({required("uid", id()), required("kind", text(64)), required("severity", severity_name()),
              required("confidence", integer(0, 100)), required("title", plain()),
              required("reason", plain()), required("next_step", plain()), required("where", plain()),
              required("before", plain()), required("after", plain()), required("attack", list(text(16))),
              required("evidence", list(object({required("kind", text(32)), required("sha256", text(64)),
                                                required("note", plain())}))),
              required("observed_at", time())});
  auto entry = object({required("at", time()), required("kind", text(32)), required("actor", text()),
                       required("text", plain())});
  auto notification = object(
      {required("id", id()), required("channel_id", text(64)), required("channel_name", text()),
       required("target", plain()), required("cycle", count()), required("step", count()),
       required("state", one_of({"pending", "leased", "accepted", "failed", "cancelled"})),
       required("attempts", count()), required("last_error", maybe_text()), required("receipt", maybe_text()),
       required("created_at", time()), required("accepted_at", maybe_time())});
  return closed(alert_fields(),
                {required("findings", list(std::move(finding))), required("timeline", list(std::move(entry))),
                 required("notifications", list(std::move(notification)))});
}

Schema channel_shape() {
  return object({required("id", id()), required("name", text()), required("kind", channel_kind()),
                 required("enabled", boolean()), required("settings", any()),
                 required("state", one_of({"ok", "failing", "untested"})),
                 required("last_error", maybe_text()), required("last_ok_at", maybe_time())});
}
Schema ladder_shape() {
  return object({required("steps", list(object({required("after_minutes", integer(0, 10'080)),
                                                required("channel_ids", list(id(), 50))}),
                                        20)),
                 required("repeat_last_minutes", integer(0, 1'440)), required("least", severity_name())});
}
Schema token_shape() {
  return object({required("id", id()), required("name", text()), required("scopes", list(scope_name(), 40)),
                 required("created_by", text()), required("created_at", time()),
                 required("last_used_at", maybe_time()), required("expires_at", maybe_time())});
}
Schema mail_shape() {
  return object({required("id", id()), required("to", plain()), required("subject", plain()),
                 required("text", text(1 << 20)), required("at", time())});
}
Schema audit_shape() {
  return object({required("sequence", count()), required("at", time()), required("actor", text()),
                 required("action", text()), required("object", plain()), required("detail", any()),
                 required("hash", text(64))});
}
Schema health_shape() {
  auto sight = object({required("what", plain()), required("ok", boolean()), required("reason", plain())});
  auto watch =
      object({required("watch", text(16)), required("state", one_of({"ok", "degraded", "blind", "off"})),
              required("sights", list(std::move(sight)))});
  auto queue = object({required("name", text()), required("depth", count()), required("capacity", count()),
                       required("dropped", count())});
  auto store = object({required("name", text()), required("size_bytes", count()),
                       required("commits", count()), required("queue_depth", count())});
  auto desk = object({required("outbox_pending", count()), required("outbox_oldest_s", count()),
                      required("open_alerts", count()), required("channels_failing", count())});
  return object({required("version", text()), required("problems", list(plain())),
                 required("started_at", time()), required("now", time()),
                 required("watches", list(std::move(watch))), required("queues", list(std::move(queue))),
                 required("stores", list(std::move(store))), required("desk", std::move(desk))});
}
Schema tour_shape() {
  return object({required("state", one_of({"off", "running"})), optional("site_id", id()),
                 optional("site_url", text(200)), required("defaced", boolean()),
                 optional("alert_id", id())});
}

}  // namespace vedette::server
