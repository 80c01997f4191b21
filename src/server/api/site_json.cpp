#include "server/api/site_json.h"

namespace vedette::server {
namespace json = boost::json;

namespace {
std::string_view render_word(sites::RenderPolicy policy) {
  switch (policy) {
    case sites::RenderPolicy::kAuto:
      return "auto";
    case sites::RenderPolicy::kNever:
      return "never";
    case sites::RenderPolicy::kAlways:
      return "always";
  }
  return "auto";
}
std::string shown(const Message& message, const std::string& otherwise, Language language) {
  return message.key.empty() ? otherwise : render(message, language);
}
}  // namespace

std::string_view site_state_word(sites::SiteState state) {
  switch (state) {
    case sites::SiteState::kLearning:
      return "learning";
    case sites::SiteState::kOk:
      return "ok";
    case sites::SiteState::kWarn:
      return "warn";
    case sites::SiteState::kCritical:
      return "critical";
    case sites::SiteState::kUnavailable:
      return "unavailable";
    case sites::SiteState::kPaused:
      return "paused";
    case sites::SiteState::kMaintenance:
      return "maintenance";
    case sites::SiteState::kBlind:
      return "blind";
  }
  return "blind";
}

json::object site_json(const sites::Site& site, Language language, std::int64_t open_alerts) {
  const auto& config = site.config;
  return {{"id", site.id},
          {"name", config.name},
          {"url", config.url},
          {"state", site_state_word(site.state)},
          {"enabled", config.enabled},
          {"interval_s", config.interval.count()},
          {"render", render_word(config.render)},
          {"tags", text_list(config.tags)},
          {"tour", config.tour},
          {"learned", site.learned},
          {"learn_target", site.learn_target},
          {"created_at", time_or_null(site.created_at)},
          {"last_check_at", time_or_null(site.last_check_at)},
          {"last_change_at", time_or_null(site.last_change_at)},
          {"next_check_at", time_or_null(site.next_check_at)},
          {"window_until", time_or_null(site.window_until)},
          {"last_error", text_or_null(shown(site.last_error_message, site.last_error, language))},
          {"http_status", site.http_status},
          {"latency_ms", std::max<std::int64_t>(0, site.latency_ms)},
          {"latency_spark", json::array(site.latency_spark.begin(), site.latency_spark.end())},
          {"last_snapshot", text_or_null(site.last_snapshot)},
          {"reference_snapshot", text_or_null(site.reference_snapshot)},
          {"open_alerts", open_alerts}};
}

json::object site_config_json(const sites::SiteConfig& config) {
  json::object headers;
  // A header may carry a key: its name is shown, not its value.
  for (const auto& [name, value] : config.headers) headers[name] = "********";
  return {{"name", config.name},
          {"url", config.url},
          {"enabled", config.enabled},
          {"interval_s", config.interval.count()},
          {"render", render_word(config.render)},
          {"tags", text_list(config.tags)},
          {"headers", std::move(headers)},
          {"user_agent", config.user_agent},
          {"proxy", config.proxy.empty() ? "" : "********"},
          {"basic_user", config.basic_user},
          {"basic_password", config.basic_password.empty() ? "" : "********"},
          {"bearer_token", config.bearer_token.empty() ? "" : "********"},
          {"verify_tls", config.verify_tls}};
}

json::object check_json(const sites::Check& check, Language language) {
  return {{"id", check.id},
          {"at", to_rfc3339(check.at)},
          {"verdict", check.verdict},
          {"http_status", check.http_status},
          {"latency_ms", check.latency_ms},
          {"bytes", check.bytes},
          {"detail", shown(check.detail_message, check.detail, language)},
          {"snapshot", text_or_null(check.snapshot)}};
}

json::object snapshot_json(const sites::Snapshot& one) {
  return {{"id", one.id},       {"at", to_rfc3339(one.at)}, {"kind", one.kind},        {"sha256", one.sha256},
          {"bytes", one.bytes}, {"verdict", one.verdict},   {"approved", one.approved}};
}

json::array sights_json(const std::vector<sites::Sight>& sights, Language language) {
  json::array out;
  for (const auto& sight : sights) {
    out.push_back(json::object{
        {"what", render(Message{sight.what, sight.arguments}, language)},
        {"ok", sight.ok},
        {"reason",
         sight.reason.empty() ? std::string() : render(Message{sight.reason, sight.arguments}, language)}});
  }
  return out;
}

void apply_site_fields(const Call& call, sites::SiteConfig& config) {
  constexpr std::string_view kMasked = "********";
  auto text = [&](std::string_view field, std::string& into) {
    if (auto value = call.text(field); value && *value != kMasked) into = *value;
  };
  auto secret = [&](std::string_view field, Secret& into) {
    if (auto value = call.text(field); value && *value != kMasked) into = Secret(*value);
  };
  text("url", config.url);
  text("name", config.name);
  text("user_agent", config.user_agent);
  text("proxy", config.proxy);
  text("basic_user", config.basic_user);
  secret("basic_password", config.basic_password);
  secret("bearer_token", config.bearer_token);
  if (auto value = call.boolean("enabled")) config.enabled = *value;
  if (auto value = call.boolean("verify_tls")) config.verify_tls = *value;
  if (auto value = call.integer("interval_s")) config.interval = std::chrono::seconds(*value);
  if (auto value = call.text("render")) {
    config.render = *value == "never"    ? sites::RenderPolicy::kNever
                    : *value == "always" ? sites::RenderPolicy::kAlways
                                         : sites::RenderPolicy::kAuto;
  }
  if (const auto* tags = call.body.if_contains("tags")) {
    config.tags.clear();
    for (const auto& tag : tags->as_array()) config.tags.emplace_back(tag.as_string());
  }
  if (const auto* headers = call.body.if_contains("headers")) {
    auto before = std::move(config.headers);
    config.headers.clear();
    for (const auto& [name, value] : headers->as_object()) {
      std::string next(value.as_string());
      auto old = std::ranges::find(before, std::string(name), &std::pair<std::string, std::string>::first);
      if (next == kMasked && old != before.end()) next = old->second;
      config.headers.emplace_back(std::string(name), std::move(next));
    }
  }
}

}  // namespace vedette::server
