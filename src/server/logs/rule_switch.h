// RuleSwitch: the log rules that people have switched off, each with a reason and an end. The store holds
// them, so that a restart switches nothing on again; at its end the server switches a rule on by itself. Each
// change and its audit row are one transaction, and what is in force follows after it.
//
// Thread-safe but open() and tick(), which one thread calls. Limits: kRulesMax at a time, kLongest, reason of
// 1 to kReasonBytesMax bytes. Errors: kInvalid, kLimit, kNotFound, and the store's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/database.h"

namespace vedette::server {

struct RuleOff {
  std::string rule, title, reason, by;
  WallTime since{}, until{};
};

class RuleSwitch {
 public:
  static constexpr std::size_t kRulesMax = 5'000, kReasonBytesMax = 500;
  static constexpr std::chrono::hours kLongest{24 * 90};
  // Called with all that are off after every change and once by open().
  using Apply = std::function<void(const std::map<std::string, RuleOff>&)>;

  static Result<std::unique_ptr<RuleSwitch>> open(store::Database& database, const Clock& clock, Apply apply);

  // `off.since` is now. A rule that is off takes the new reason and end.
  Result<RuleOff> off(RuleOff off);
  Result<void> on(const std::string& rule, const std::string& by);
  void tick();  // about once a second
  std::map<std::string, RuleOff> all() const;

 private:
  RuleSwitch(store::Database& database, const Clock& clock, Apply apply)
      : database_(database), clock_(clock), apply_(std::move(apply)) {}
  void put(RuleOff off);
  void take_away(const std::vector<std::string>& rules);

  store::Database& database_;
  const Clock& clock_;
  const Apply apply_;
  std::mutex change_;  // held from a transaction until what it did is in force
  mutable std::mutex mutex_;
  std::map<std::string, RuleOff> off_;
};

}  // namespace vedette::server
