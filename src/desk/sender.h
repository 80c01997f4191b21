// Sender: takes one notification from the outbox, sends it, and commits the outcome. Any number of threads
// call send_one().
//
// No channel may hold more than half of the senders, a failing one holds one, and all those together that did
// not take what they were last given (or were never tried) hold half: a dead webhook does not delay the
// mails, nor do ten of them. Beyond a channel's rate, notifications of critical alerts still go; the others
// stay due and are counted.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <random>

#include "desk/delivery.h"

namespace vedette::desk {

class Sender {
 public:
  Sender(const DeskContext& desk, store::Database& database, Transport& transport, std::string owner);

  struct Outcome {
    bool sent_something = false;  // there was a notification to try
    std::vector<std::string> changed_alerts;
  };
  // `claimed` is called once there is something to try, before it is sent: another sender may look for more.
  Result<Outcome> send_one(const std::function<void()>& claimed = [] {});

 private:
  struct Bucket {  // tokens of one channel's rate
    double tokens = 0;
    SteadyTime filled{};
    int rate_per_minute = 60;
  };
  struct Load {
    std::size_t sending = 0;
    bool failing = false;
  };

  ClaimLimits limits();
  void begin(const Claim& claim, int rate_per_minute);
  void end(const Claim& claim, bool failing);
  Result<std::vector<std::string>> settle(const Claim& claim, const Delivered& delivered);
  // `failure`: the recipient was refused; nothing: it was reached.
  Result<void> report_recipient(store::Session& session, const Claim& claim, const Failure* failure,
                                std::vector<std::string>& changed);
  Result<void> report_health(store::Session& session, const Claim& claim, HealthChange change,
                             const std::string& error, std::vector<std::string>& changed);

  const DeskContext& desk_;
  store::Database& database_;
  Transport& transport_;
  const std::string owner_;
  std::mutex mutex_;
  std::map<std::string, Load> loads_;
  std::map<std::string, Bucket> buckets_;
  std::size_t doubtful_ = 0;  // sending through channels that did not take what they were last given
  std::mt19937_64 jitter_;
};

}  // namespace vedette::desk
