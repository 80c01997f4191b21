#include "sites/watch/question.h"

#include <algorithm>

#include "base/id.h"

namespace vedette::sites {
namespace {

std::uint64_t place_of(std::string_view where) {  // FNV-1a, 64 bits
  std::uint64_t hash = 14695981039346656037ull;
  for (char c : where.substr(0, 400)) {
    if (c >= '0' && c <= '9') continue;
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  }
  return hash;
}

Finding make_finding(Question question, Condition condition, const Asset& asset, const Clock& clock) {
  Finding finding;
  finding.uid = new_id(clock);
  finding.watch = Watch::kSites;
  finding.kind = std::move(condition.kind);
  finding.severity = condition.severity;
  finding.confidence = std::clamp(condition.confidence, 0, 100);
  finding.asset = asset;
  finding.title = std::move(condition.title);
  finding.reason = std::move(condition.reason);
  finding.next_step = std::move(condition.next_step);
  finding.where = cut_text(condition.where, 1024);
  finding.before = cut_text(condition.before);
  finding.after = cut_text(condition.after);
  finding.attack = std::move(condition.attack);
  finding.evidence = std::move(condition.evidence);
  finding.dedup_key = dedup_key(asset.id, question);
  finding.observed_at = condition.seen_at != WallTime{} ? condition.seen_at : clock.wall();
  return finding;
}

void worst_first(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return a.severity != b.severity ? a.severity > b.severity : a.confidence > b.confidence;
  });
}

}  // namespace

std::string_view to_string(Question question) {
  switch (question) {
    case Question::kContent:
      return "content";
    case Question::kAvailability:
      return "availability";
    case Question::kTls:
      return "tls";
    case Question::kDns:
      return "dns";
    case Question::kCloak:
      return "cloak";
    case Question::kResources:
      return "resources";
    case Question::kDeploy:
      return "deploy";
    case Question::kShown:
      return "shown";
    case Question::kEvidence:
      return "evidence";
    case Question::kRoom:
      return "room";
  }
  return "content";
}

std::string dedup_key(const std::string& site_id, Question question) {
  return "sites/" + site_id + "/" + std::string(to_string(question));
}

std::string cut_text(std::string_view text, std::size_t bytes_max) {
  std::string out;
  out.reserve(std::min(text.size(), bytes_max));
  std::size_t i = 0;
  while (i < text.size()) {
    auto lead = static_cast<unsigned char>(text[i]);
    std::size_t length = lead < 0x80                   ? 1
                         : lead >= 0xC2 && lead < 0xE0 ? 2
                         : lead >= 0xE0 && lead < 0xF0 ? 3
                         : lead >= 0xF0 && lead < 0xF5 ? 4
                                                       : 0;
    bool valid = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; valid && k < length; ++k)
      valid = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    if (valid && length == 3) {  // overlong forms and surrogates
      auto second = static_cast<unsigned char>(text[i + 1]);
      valid = !(lead == 0xE0 && second < 0xA0) && !(lead == 0xED && second >= 0xA0);
    } else if (valid && length == 4) {
      auto second = static_cast<unsigned char>(text[i + 1]);
      valid = !(lead == 0xF0 && second < 0x90) && !(lead == 0xF4 && second >= 0x90);
    }
    std::string_view piece = valid ? text.substr(i, length) : std::string_view("\xEF\xBF\xBD");
    if (lead == 0) piece = "\xEF\xBF\xBD";
    if (out.size() + piece.size() > bytes_max) break;
    out += piece;
    i += valid ? length : 1;
  }
  return out;
}

std::vector<Finding> OpenQuestions::tell(Question question, std::vector<Condition> events, const Asset& asset,
                                         const Clock& clock) {
  std::vector<Finding> out;
  for (auto& event : events) out.push_back(make_finding(question, std::move(event), asset, clock));
  worst_first(out);
  return out;
}

std::vector<Finding> OpenQuestions::answer(Question question, std::vector<Condition> now, const Asset& asset,
                                           const Clock& clock) {
  std::vector<Finding> out;
  if (now.empty()) {
    auto open = open_.find(question);
    if (open == open_.end()) return out;
    Condition resolved;
    auto worst =
        std::max_element(open->second.begin(), open->second.end(),
                         [](const Reported& a, const Reported& b) { return a.severity < b.severity; });
    if (worst != open->second.end()) resolved.kind = worst->kind;
    resolved.severity = Severity::kInformational;
    resolved.confidence = 100;
    resolved.title = {"sites.resolved." + std::string(to_string(question)), {{"site", asset.name}}};
    resolved.reason = {"sites.resolved.reason", {{"site", asset.name}}};
    resolved.next_step = {"sites.resolved.next", {}};
    Finding finding = make_finding(question, std::move(resolved), asset, clock);
    finding.state = FindingState::kResolved;
    out.push_back(std::move(finding));
    open_.erase(open);
    return out;
  }
  auto& known = open_[question];
  for (auto& condition : now) {
    Reported seen{condition.kind, place_of(condition.where), condition.severity};
    auto same = std::find_if(known.begin(), known.end(),
                             [&](const Reported& r) { return r.kind == seen.kind && r.place == seen.place; });
    if (same != known.end()) {
      if (same->severity >= seen.severity) continue;
      same->severity = seen.severity;
    } else {
      if (known.size() >= kReportedMax) continue;  // the alert is open and full of examples already
      known.push_back(seen);
    }
    out.push_back(make_finding(question, std::move(condition), asset, clock));
  }
  worst_first(out);
  return out;
}

Severity OpenQuestions::worst(Question question) const {
  Severity worst = Severity::kInformational;
  if (auto open = open_.find(question); open != open_.end()) {
    for (const auto& reported : open->second) worst = std::max(worst, reported.severity);
  }
  return worst;
}

}  // namespace vedette::sites
