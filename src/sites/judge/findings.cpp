#include "sites/judge/findings.h"

#include <algorithm>

#include "base/assert.h"
#include "model/finding.h"
#include "sites/judge/excerpt.h"

namespace vedette::sites {

const std::vector<std::string_view>& finding_kinds() {
  static const std::vector<std::string_view> kinds = {
      "page_replaced", "hostile_page",   "page_changed",  "hostile_title", "hostile_words",
      "injected_spam", "foreign_script", "foreign_frame", "foreign_form",  "foreign_object",
      "foreign_style", "base_href",      "meta_refresh",  "data_script",   "inline_loader",
      "skimmer",       "event_handler",  "script_url",    "hidden_link",   "unavailable"};
  return kinds;
}

PageFinding make_finding(const FindingSpec& spec) {
  VEDETTE_ASSERT(std::find(finding_kinds().begin(), finding_kinds().end(), spec.kind) !=
                 finding_kinds().end());
  PageFinding out;
  out.kind = spec.kind;
  out.severity = spec.severity;
  out.confidence = spec.confidence;
  out.hostile = spec.hostile;
  out.at_once = spec.at_once;
  out.where = clipped(spec.where, 600);
  out.before = clipped(spec.before, Finding::kExcerptMax);
  out.after = clipped(spec.after, Finding::kExcerptMax);
  out.attack = spec.attack;
  const std::string stem = "sites." + out.kind;
  std::map<std::string, std::string> arguments;
  for (const auto& [name, value] : spec.arguments) arguments[name] = clipped(value, 300);
  arguments["where"] = clipped(spec.where, 300);
  out.title = {stem + ".title", arguments};
  out.reason = {stem + ".reason", arguments};
  out.next_step = {stem + ".next", arguments};
  return out;
}

}  // namespace vedette::sites
