// Questions: what the watch asks about each site, and which answers are already known to the desk. Pure.
//
// Every question has one dedup key per site, so all its findings become one alert. A condition is reported
// when it is new or has grown worse, not at every check that still sees it; when the last condition of a
// question is gone, one kResolved finding says so.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/finding.h"

namespace vedette::sites {

enum class Question {
  kContent,
  kAvailability,
  kTls,
  kDns,
  kCloak,
  kResources,
  kDeploy,
  kShown,
  kEvidence,
  kRoom
};
std::string_view to_string(Question question);

// One thing that is so now. Becomes a Finding when it is news.
struct Condition {
  std::string kind;
  Severity severity = Severity::kMedium;
  int confidence = 0;
  Message title, reason, next_step;
  std::string where, before, after;
  std::vector<std::string> attack;
  std::vector<Evidence> evidence;
  WallTime seen_at{};  // when the fetch that first saw it ended; WallTime{}: now
};

struct Reported {
  std::string kind;
  std::uint64_t place = 0;  // hash of `where` without digits: tokens in an address are no news
  Severity severity = Severity::kInformational;
  bool operator==(const Reported&) const = default;
};

// What the desk knows of one site; at most kReportedMax conditions a question.
class OpenQuestions {
 public:
  static constexpr std::size_t kReportedMax = 16;

  // Compares `now` with what was reported and returns what is news, worst first.
  std::vector<Finding> answer(Question question, std::vector<Condition> now, const Asset& asset,
                              const Clock& clock);
  // Reports `events` that have no duration (a certificate was exchanged): nothing stays open.
  static std::vector<Finding> tell(Question question, std::vector<Condition> events, const Asset& asset,
                                   const Clock& clock);

  bool open(Question question) const { return open_.contains(question); }
  Severity worst(Question question) const;

  using Map = std::map<Question, std::vector<Reported>>;
  const Map& all() const { return open_; }
  void restore(Map open) { open_ = std::move(open); }

 private:
  Map open_;
};

std::string dedup_key(const std::string& site_id, Question question);
// At most kExcerptMax bytes, cut between characters, invalid UTF-8 replaced.
std::string cut_text(std::string_view text, std::size_t bytes_max = Finding::kExcerptMax);

}  // namespace vedette::sites
