#include "model/finding.h"

#include <array>
#include <boost/json.hpp>

namespace vedette {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kWatches = {"sites",   "files",    "logs",
                                                      "patches", "messages", "desk"};

Result<std::string> text(const json::object& object, std::string_view field) {
  const auto* value = object.if_contains(field);
  if (!value || !value->is_string()) {
    return fail(ErrorCode::kInvalid, "finding field \"" + std::string(field) + "\" is missing or not text");
  }
  return std::string(value->get_string());
}

Result<Message> message(const json::object& object, std::string_view field) {
  const auto* value = object.if_contains(field);
  if (!value) return fail(ErrorCode::kInvalid, "finding field \"" + std::string(field) + "\" is missing");
  auto parsed = message_from_json(*value);
  if (!parsed) return fail(std::move(parsed).error(), "finding field \"" + std::string(field) + "\"");
  return parsed;
}

Result<std::int64_t> number(const json::object& object, std::string_view field) {
  const auto* value = object.if_contains(field);
  if (!value || !value->is_int64()) {
    return fail(ErrorCode::kInvalid,
                "finding field \"" + std::string(field) + "\" is missing or not a whole number");
  }
  return value->get_int64();
}

}  // namespace

std::string_view to_string(Watch watch) { return kWatches[static_cast<std::size_t>(watch)]; }

std::optional<Watch> watch_from(std::string_view text) {
  for (std::size_t i = 0; i < kWatches.size(); ++i) {
    if (kWatches[i] == text) return static_cast<Watch>(i);
  }
  return std::nullopt;
}

json::value to_json(const Finding& f) {
  json::array attack(f.attack.begin(), f.attack.end());
  json::array evidence;
  for (const auto& item : f.evidence) {
    evidence.push_back(json::object{{"kind", item.kind}, {"sha256", item.sha256}, {"note", item.note}});
  }
  return json::object{
      {"uid", f.uid},
      {"watch", to_string(f.watch)},
      {"kind", f.kind},
      {"state", f.state == FindingState::kPresent ? "present" : "resolved"},
      {"severity", to_string(f.severity)},
      {"confidence", f.confidence},
      {"asset", json::object{{"type", f.asset.type}, {"id", f.asset.id}, {"name", f.asset.name}}},
      {"title", to_json(f.title)},
      {"reason", to_json(f.reason)},
      {"next_step", to_json(f.next_step)},
      {"where", f.where},
      {"before", f.before},
      {"after", f.after},
      {"attack", std::move(attack)},
      {"evidence", std::move(evidence)},
      {"dedup_key", f.dedup_key},
      {"observed_at", to_unix_ms(f.observed_at)},
  };
}

Result<Finding> finding_from_json(const json::value& value) {
  const auto* object = value.if_object();
  if (!object) return fail(ErrorCode::kInvalid, "a finding is a JSON object");
  const auto& o = *object;
  Finding f;
  TRY_ASSIGN(f.uid, text(o, "uid"));
  TRY_ASSIGN(std::string watch, text(o, "watch"));
  auto known_watch = watch_from(watch);
  if (!known_watch)
    return fail(ErrorCode::kInvalid, "finding field \"watch\": \"" + watch + "\" is not a watch");
  f.watch = *known_watch;
  TRY_ASSIGN(f.kind, text(o, "kind"));
  TRY_ASSIGN(std::string state, text(o, "state"));
  f.state = state == "resolved" ? FindingState::kResolved : FindingState::kPresent;
  TRY_ASSIGN(std::string severity, text(o, "severity"));
  auto known_severity = severity_from(severity);
  if (!known_severity) {
    return fail(ErrorCode::kInvalid, "finding field \"severity\": \"" + severity + "\" is not a severity");
  }
  f.severity = *known_severity;
  TRY_ASSIGN(std::int64_t confidence, number(o, "confidence"));
  f.confidence = static_cast<int>(confidence);
  const auto* asset = o.if_contains("asset");
  if (!asset || !asset->is_object()) return fail(ErrorCode::kInvalid, "finding field \"asset\" is missing");
  TRY_ASSIGN(f.asset.type, text(asset->get_object(), "type"));
  TRY_ASSIGN(f.asset.id, text(asset->get_object(), "id"));
  TRY_ASSIGN(f.asset.name, text(asset->get_object(), "name"));
  TRY_ASSIGN(f.title, message(o, "title"));
  TRY_ASSIGN(f.reason, message(o, "reason"));
  TRY_ASSIGN(f.next_step, message(o, "next_step"));
  TRY_ASSIGN(f.where, text(o, "where"));
  TRY_ASSIGN(f.before, text(o, "before"));
  TRY_ASSIGN(f.after, text(o, "after"));
  if (const auto* attack = o.if_contains("attack"); attack && attack->is_array()) {
    for (const auto& item : attack->get_array()) {
      if (item.is_string()) f.attack.emplace_back(item.get_string());
    }
  }
  if (const auto* evidence = o.if_contains("evidence"); evidence && evidence->is_array()) {
    for (const auto& item : evidence->get_array()) {
      if (!item.is_object())
        return fail(ErrorCode::kInvalid, "finding field \"evidence\": an item is not an object");
      Evidence e;
      TRY_ASSIGN(e.kind, text(item.get_object(), "kind"));
      TRY_ASSIGN(e.sha256, text(item.get_object(), "sha256"));
      TRY_ASSIGN(e.note, text(item.get_object(), "note"));
      f.evidence.push_back(std::move(e));
    }
  }
  TRY_ASSIGN(f.dedup_key, text(o, "dedup_key"));
  TRY_ASSIGN(std::int64_t observed, number(o, "observed_at"));
  f.observed_at = from_unix_ms(observed);
  return f;
}

json::value to_ocsf(const Finding& f, Language language) {
  json::array attacks;
  for (const auto& id : f.attack) attacks.push_back(json::object{{"technique", json::object{{"uid", id}}}});
  json::array evidences;
  for (const auto& item : f.evidence) {
    evidences.push_back(json::object{
        {"name", item.kind},
        {"data", json::object{{"sha256", item.sha256}, {"note", item.note}}},
    });
  }
  return json::object{
      {"class_uid", 2004},
      {"class_name", "Detection Finding"},
      {"category_uid", 2},
      {"activity_id", f.state == FindingState::kPresent ? 1 : 3},
      {"type_uid", f.state == FindingState::kPresent ? 200401 : 200403},
      {"time", to_unix_ms(f.observed_at)},
      {"severity_id", static_cast<int>(f.severity)},
      {"severity", to_string(f.severity)},
      {"confidence_score", f.confidence},
      {"message", render(f.reason, language)},
      {"metadata", json::object{{"version", "1.3.0"},
                                {"product", json::object{{"name", "Vedette"}, {"vendor_name", "Vedette"}}}}},
      {"finding_info", json::object{{"uid", f.uid},
                                    {"title", render(f.title, language)},
                                    {"desc", render(f.reason, language)},
                                    {"types", json::array{f.kind}},
                                    {"attacks", std::move(attacks)}}},
      {"resources",
       json::array{json::object{{"type", f.asset.type}, {"uid", f.asset.id}, {"name", f.asset.name}}}},
      {"evidences", std::move(evidences)},
      {"remediation", json::object{{"desc", render(f.next_step, language)}}},
      {"unmapped", json::object{{"where", f.where}, {"before", f.before}, {"after", f.after}}},
  };
}

}  // namespace vedette
