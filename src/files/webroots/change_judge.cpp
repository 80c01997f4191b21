#include "files/webroots/change_judge.h"

#include "files/webroots/difference.h"
#include "files/webroots/page_words.h"

namespace vedette::files {
namespace {

WebVerdict verdict(std::string kind, Severity severity, int confidence, std::vector<std::string> attack) {
  WebVerdict out;
  out.kind = std::move(kind);
  out.severity = severity;
  out.confidence = confidence;
  out.attack = std::move(attack);
  return out;
}

std::string rules_of(const ShellScan& scan) {
  std::string out;
  for (const auto& trait : scan.traits) {
    if (out.size() > 400) break;
    out += (out.empty() ? "" : ", ") + trait.rule;
  }
  return out;
}

void show_difference(WebVerdict& out, const WebFileChange& change) {
  auto difference = difference_of(change.before, change.after);
  out.before = std::move(difference.before);
  out.after = std::move(difference.after);
}

std::optional<WebVerdict> removed(const WebFileChange& change, const WebPlace& place) {
  if (place.generated || place.upload || change.web_class == WebClass::kData ||
      change.web_class == WebClass::kLink)
    return std::nullopt;
  bool heavy = place.index || change.web_class == WebClass::kConfig;
  auto out = verdict("page_removed", heavy ? Severity::kMedium : Severity::kLow, 60, {"T1485"});
  out.before = readable(change.before, 1024);
  return out;
}

}  // namespace

std::optional<WebVerdict> judge_change(const WebFileChange& change) {
  auto place = place_of(change.path);
  if (change.gone) return removed(change, place);
  if (change.scan != nullptr && change.scan->shell()) {
    auto out =
        verdict("web_shell", Severity::kCritical, change.scan->weight() >= 200 ? 95 : 85, {"T1505.003"});
    out.always = true;
    out.arguments["rules"] = rules_of(*change.scan);
    if (change.known) show_difference(out, change);
    if (!change.scan->traits.empty()) out.after = change.scan->traits.front().excerpt;
    return out;
  }
  if (change.web_class == WebClass::kLink) {
    if (!change.link_leaves) return std::nullopt;
    auto out = verdict("link_out", Severity::kMedium, 60, {"T1083"});
    out.before = readable(change.before, 1024);
    out.after = readable(change.after, 1024);
    return out;
  }
  bool running = runs(change.after) || change.web_class == WebClass::kScript;
  if (place.upload && running && !idle_script(change.after)) {
    auto out = verdict("upload_executable", Severity::kHigh, 85, {"T1505.003"});
    out.after = readable(change.after, 1024);
    return out;
  }
  if (change.web_class == WebClass::kConfig) {
    auto out = verdict(change.known ? "config_changed" : "config_new", Severity::kHigh, 70, {"T1505"});
    show_difference(out, change);
    return out;
  }
  if (change.web_class != WebClass::kData) {
    if (auto words = new_defacement_words(change.before, change.after); !words.empty()) {
      auto out = verdict("page_defaced", Severity::kCritical, place.index ? 95 : 85, {"T1491.002"});
      out.always = true;
      out.arguments["words"] = words;
      show_difference(out, change);
      return out;
    }
  }
  if (place.generated) return std::nullopt;
  if (change.web_class == WebClass::kScript && !(idle_script(change.after) && !change.known)) {
    auto out = change.known ? verdict("script_changed", Severity::kHigh, 70, {"T1505.003"})
                            : verdict("script_new", Severity::kHigh, 60, {"T1505.003"});
    show_difference(out, change);
    return out;
  }
  if (change.web_class == WebClass::kPage && !place.upload && !change.living) {
    // A new page is what editors make; a changed one may be a defacement in nobody's words.
    if (!change.known && !place.index) return std::nullopt;
    auto out =
        verdict(change.known ? "page_changed" : "page_new", place.index ? Severity::kHigh : Severity::kMedium,
                place.index ? 65 : 50, {"T1491.002"});
    show_difference(out, change);
    return out;
  }
  if (change.web_class == WebClass::kData && running && (!change.known || change.became_executable)) {
    auto out = verdict("script_new", Severity::kMedium, 60, {"T1505.003"});
    out.after = readable(change.after, 1024);
    return out;
  }
  return std::nullopt;
}

}  // namespace vedette::files
