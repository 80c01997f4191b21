// IntakePoller: the thread that reads the intake mailboxes, each at its interval, one after the other. A
// mailbox that could not be read three times in a row is said to be failing. start() and stop() by one
// thread, status() by any.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "desk/intake/intake.h"

namespace vedette::desk {

struct MailboxStatus {
  std::string id = {}, authority = {};
  IntakeKind kind = IntakeKind::kDirectives;
  std::optional<WallTime> read_at = {};  // when it was last read to its end; empty: not since the start
  std::string trouble = {};              // why it could not be read last time
};

class IntakePoller {
 public:
  static constexpr int kFailuresMax = 3;

  IntakePoller(Intake& intake, std::vector<IntakeMailbox> mailboxes, const Clock& clock);
  ~IntakePoller() { stop(); }

  void start();
  void stop();  // within about a second
  std::vector<MailboxStatus> status() const;

 private:
  struct Turn {
    IntakeMailbox mailbox = {};
    SteadyTime next{};
    int failures = 0;
  };
  void run(const std::stop_token& stop);
  void read(Turn& turn, std::size_t place, const std::stop_token& stop);

  Intake& intake_;
  const Clock& clock_;
  std::vector<Turn> turns_;  // of the thread
  mutable std::mutex mutex_;
  std::vector<MailboxStatus> status_;  // under mutex_
  std::condition_variable_any woken_;
  std::jthread thread_;
};

}  // namespace vedette::desk
