// STIX 2.1 bundles: https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html
#include <algorithm>
#include <array>

#include "desk/advisories/advisory_json.h"
#include "desk/advisories/indicator.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

// The marking definitions that the standard (7.2.1.4) and FIRST's TLP 2.0 extension fix.
std::optional<Tlp> tlp_of_marking(std::string_view id) {
  struct Row {
    std::string_view id;
    Tlp tlp;
  };
  static constexpr std::array kMarkings{
      Row{"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::kClear},
      Row{"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::kGreen},
      Row{"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", Tlp::kAmber},
      Row{"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::kRed},
      Row{"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::kClear},
      Row{"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::kGreen},
      Row{"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::kAmber},
      Row{"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::kAmberStrict},
      Row{"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::kRed}};
  const auto found = std::ranges::find(kMarkings, id, &Row::id);
  return found == kMarkings.end() ? std::nullopt : std::optional(found->tlp);
}

void note_markings(const boost::json::object& object, ReadAdvisory& into) {
  const auto* refs = list_member(object, "object_marking_refs");
  if (!refs) return;
  for (const auto& ref : *refs) {
    const auto* id = ref.if_string();
    const auto tlp = id ? tlp_of_marking(*id) : std::nullopt;
    // Tlp rises from the strictest.
    if (tlp && (!into.tlp || *tlp < *into.tlp)) into.tlp = tlp;
  }
}

bool is_cyber_observable(std::string_view type) {
  static constexpr std::array<std::string_view, 18> kTypes{"artifact",
                                                           "autonomous-system",
                                                           "directory",
                                                           "domain-name",
                                                           "email-addr",
                                                           "email-message",
                                                           "file",
                                                           "ipv4-addr",
                                                           "ipv6-addr",
                                                           "mac-addr",
                                                           "mutex",
                                                           "network-traffic",
                                                           "process",
                                                           "software",
                                                           "url",
                                                           "user-account",
                                                           "windows-registry-key",
                                                           "x509-certificate"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

// Nothing: the time is there and cannot be read.
std::optional<std::optional<WallTime>> stix_time(const boost::json::object& object, std::string_view key) {
  const auto text = text_member(object, key);
  if (text.empty()) return std::optional<WallTime>();
  auto time = parse_rfc3339(text);
  if (!time) return std::nullopt;
  return std::optional(*time);
}

Result<void> take_indicator(const boost::json::object& object, ReadAdvisory& into) {
  const auto id = text_member(object, "id");
  if (is_true(object, "revoked")) {
    add_not_used(into, id, "revoked", text_member(object, "name"));
    return {};
  }
  const auto language = text_member(object, "pattern_type");
  if (language != "stix") {
    add_not_used(into, id, "pattern_type", language);
    return {};
  }
  const auto from = stix_time(object, "valid_from"), until = stix_time(object, "valid_until");
  if (!from || !until) {
    add_not_used(into, id, "time", text_member(object, from ? "valid_until" : "valid_from"));
    return {};
  }
  for (auto& all : stix_alternatives(text_member(object, "pattern"), id, into))
    TRY(add_indicator(into, {std::move(all), std::string(id.substr(0, 100)), *from, *until}));
  return {};
}

}  // namespace

Result<ReadAdvisory> read_stix(std::string_view bytes) {
  TRY_ASSIGN(auto parsed, parse_advisory_json(bytes));
  const auto* bundle = parsed.if_object();
  if (!bundle || text_member(*bundle, "type") != "bundle")
    return refuse(ErrorCode::kUnsupported, "advisory.no_bundle");
  const auto* objects = list_member(*bundle, "objects");
  if (!objects || objects->empty()) return refuse(ErrorCode::kInvalid, "advisory.no_objects");
  if (objects->size() > AdvisoryLimits::kObjects)
    return refuse(ErrorCode::kLimit, "advisory.objects",
                  {{"most", std::to_string(AdvisoryLimits::kObjects)}});
  ReadAdvisory out{.format = AdvisoryFormat::kStix,
                   .reference = std::string(text_member(*bundle, "id").substr(0, 100))};
  for (const auto& value : *objects) {
    const auto* object = value.if_object();
    const auto type = object ? text_member(*object, "type") : std::string_view();
    if (type.empty()) {
      add_not_used(out, "", "type", "");
      continue;
    }
    note_markings(*object, out);
    if (type == "indicator") {
      TRY(take_indicator(*object, out));
    } else if (is_cyber_observable(type)) {
      // Seen, says the bundle, not: is bad. Only an indicator says that.
      add_not_used(out, text_member(*object, "id"), "observable_only", text_member(*object, "value"));
    } else {
      ++out.context;
      if (type == "report" && out.title.empty()) out.title = text_member(*object, "name").substr(0, 200);
    }
  }
  return out;
}

}  // namespace vedette::desk
