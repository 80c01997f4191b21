// MISP's core format: https://www.misp-standard.org/rfc/misp-standard-core.html
#include <algorithm>
#include <array>

#include "desk/advisories/advisory_json.h"
#include "desk/advisories/indicator.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

// Which part of the value counts: "192.0.2.7|443", "a.exe|<hash>".
enum class MispPart { kWhole, kFirst, kLast };
struct MispType {
  std::string_view name;
  ObservableType type;
  MispPart part = MispPart::kWhole;
};
constexpr std::array kMispTypes{MispType{"domain", ObservableType::kDomain},
                                MispType{"hostname", ObservableType::kDomain},
                                MispType{"hostname|port", ObservableType::kDomain, MispPart::kFirst},
                                MispType{"domain|ip", ObservableType::kDomain, MispPart::kFirst},
                                MispType{"url", ObservableType::kUrl},
                                MispType{"link", ObservableType::kUrl},
                                MispType{"email", ObservableType::kEmail},
                                MispType{"email-src", ObservableType::kEmail},
                                MispType{"email-dst", ObservableType::kEmail},
                                MispType{"email-reply-to", ObservableType::kEmail},
                                MispType{"md5", ObservableType::kFile},
                                MispType{"sha1", ObservableType::kFile},
                                MispType{"sha256", ObservableType::kFile},
                                MispType{"sha512", ObservableType::kFile},
                                MispType{"filename|md5", ObservableType::kFile, MispPart::kLast},
                                MispType{"filename|sha1", ObservableType::kFile, MispPart::kLast},
                                MispType{"filename|sha256", ObservableType::kFile, MispPart::kLast},
                                MispType{"filename|sha512", ObservableType::kFile, MispPart::kLast},
                                MispType{"malware-sample", ObservableType::kFile, MispPart::kLast}};

ObservableType family_of(std::string_view address) {
  return address.find("::") != std::string_view::npos || std::ranges::count(address, ':') > 1
             ? ObservableType::kIpv6
             : ObservableType::kIpv4;
}

// Nothing: a type that no log shows.
std::optional<std::vector<std::pair<ObservableType, std::string_view>>> parts_of(std::string_view type,
                                                                                 std::string_view value) {
  const auto bar = value.rfind('|');
  const auto first = value.substr(0, bar);
  const auto last = bar == std::string_view::npos ? value : value.substr(bar + 1);
  std::vector<std::pair<ObservableType, std::string_view>> out;
  if (type == "ip-src" || type == "ip-dst" || type == "ip-src|port" || type == "ip-dst|port") {
    out.emplace_back(family_of(first), first);
    return out;
  }
  const auto found = std::ranges::find(kMispTypes, type, &MispType::name);
  if (found == kMispTypes.end()) return std::nullopt;
  const auto part = found->part == MispPart::kWhole ? value : found->part == MispPart::kFirst ? first : last;
  out.emplace_back(found->type, part);
  // The name and what it stood for: either may be met alone.
  if (type == "domain|ip") out.emplace_back(family_of(last), last);
  return out;
}

Result<void> take_attribute(const boost::json::object& attribute, ReadAdvisory& into) {
  const auto type = text_member(attribute, "type"), value = text_member(attribute, "value");
  const auto origin = fmt::format("attribute {}", text_member(attribute, "uuid").substr(0, 64));
  if (is_true(attribute, "deleted")) {
    add_not_used(into, origin, "revoked", value);
    return {};
  }
  const auto parts = parts_of(type, value);
  if (!is_true(attribute, "to_ids")) {
    // Text, comments and links are there to be read; only what looks like an indicator is worth a word.
    if (parts) add_not_used(into, origin, "not_for_detection", value);
    if (!parts) ++into.context;
    return {};
  }
  if (!parts) {
    add_not_used(into, origin, "type", fmt::format("{}: {}", type, value));
    return {};
  }
  for (const auto& [kind, text] : *parts) {
    bool too_wide = false;
    auto term = indicator_term(kind, text, too_wide);
    if (!term) {
      add_not_used(into, origin, too_wide ? "too_wide" : "value", value);
      continue;
    }
    // first_seen and last_seen tell when it was seen, not how long it counts.
    TRY(add_indicator(into, {{*std::move(term)}, origin, {}, {}}));
  }
  return {};
}

Result<void> take_attributes(const boost::json::object& of, ReadAdvisory& into) {
  const auto* attributes = list_member(of, "Attribute");
  if (!attributes) return {};
  for (const auto& one : *attributes) {
    const auto* attribute = one.if_object();
    if (!attribute) {
      add_not_used(into, "", "type", "");
      continue;
    }
    TRY(take_attribute(*attribute, into));
  }
  return {};
}

void note_tags(const boost::json::object& event, ReadAdvisory& into) {
  const auto* tags = list_member(event, "Tag");
  if (!tags) return;
  for (const auto& one : *tags) {
    const auto* tag = one.if_object();
    auto name = tag ? std::string(text_member(*tag, "name")) : std::string();
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!name.starts_with("tlp:")) continue;
    const auto word = name.substr(4);
    const auto tlp = word == "white" ? std::optional(Tlp::kClear) : tlp_from(word);
    if (tlp && (!into.tlp || *tlp < *into.tlp)) into.tlp = tlp;
  }
}

Result<void> take_event(const boost::json::object& event, ReadAdvisory& into) {
  if (into.title.empty()) into.title = text_member(event, "info").substr(0, 200);
  if (into.reference.empty()) into.reference = text_member(event, "uuid").substr(0, 100);
  note_tags(event, into);
  TRY(take_attributes(event, into));
  const auto* objects = list_member(event, "Object");
  if (!objects) return {};
  for (const auto& one : *objects) {
    if (const auto* object = one.if_object()) TRY(take_attributes(*object, into));
  }
  return {};
}

}  // namespace

Result<ReadAdvisory> read_misp(std::string_view bytes) {
  TRY_ASSIGN(auto parsed, parse_advisory_json(bytes));
  ReadAdvisory out{.format = AdvisoryFormat::kMisp};
  std::vector<const boost::json::object*> events;
  auto add = [&](const boost::json::value& value) {
    const auto* object = value.if_object();
    if (!object) return;
    if (const auto* event = object_member(*object, "Event"))
      events.push_back(event);
    else if (object->contains("Attribute") || object->contains("Object"))
      events.push_back(object);
  };
  const auto* whole = parsed.if_object();
  const auto* several = whole ? list_member(*whole, "response") : parsed.if_array();
  if (several)
    for (const auto& one : *several) add(one);
  else
    add(parsed);
  if (events.empty()) return refuse(ErrorCode::kInvalid, "advisory.no_event");
  for (const auto* event : events) TRY(take_event(*event, out));
  return out;
}

}  // namespace vedette::desk
