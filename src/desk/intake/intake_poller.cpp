#include "desk/intake/intake_poller.h"

#include <algorithm>

#include "base/log.h"
#include "base/thread_name.h"

namespace vedette::desk {

IntakePoller::IntakePoller(Intake& intake, std::vector<IntakeMailbox> mailboxes, const Clock& clock)
    : intake_(intake), clock_(clock) {
  for (auto& one : mailboxes) {
    status_.push_back({.id = one.id, .authority = one.authority, .kind = one.kind});
    turns_.push_back({.mailbox = std::move(one)});
  }
}

void IntakePoller::start() {
  if (turns_.empty()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    name_thread("intake");
    run(stop);
  });
}

void IntakePoller::stop() { thread_ = {}; }

std::vector<MailboxStatus> IntakePoller::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

void IntakePoller::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    for (std::size_t i = 0; i < turns_.size() && !stop.stop_requested(); ++i)
      if (turns_[i].next <= clock_.steady()) read(turns_[i], i, stop);
    const auto next = std::ranges::min(turns_, {}, &Turn::next).next;
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, stop, std::max<SteadyTime::duration>(next - clock_.steady(), {}),
                    [] { return false; });
  }
}

void IntakePoller::read(Turn& turn, std::size_t place, const std::stop_token& stop) {
  const auto& mailbox = turn.mailbox;
  auto done = intake_.read(mailbox, stop);
  if (stop.stop_requested()) return;
  // There is more: on at once, after the others have had their turn.
  const bool more = done && *done >= Intake::kMessagesAtOnce;
  turn.next = clock_.steady() + (more ? SteadyTime::duration{} : SteadyTime::duration(mailbox.interval));
  turn.failures = done ? 0 : turn.failures + 1;
  if (!done)
    log::warn("desk", "an intake mailbox could not be read",
              {{"vedette.mailbox", mailbox.id}, {"error.message", done.error().full()}});
  Result<void> told;
  if (done) told = intake_.note_working(mailbox);
  if (turn.failures >= kFailuresMax) told = intake_.note_failing(mailbox, done.error().full());
  if (!told)
    log::error("desk", "the state of an intake mailbox could not be kept",
               {{"vedette.mailbox", mailbox.id}, {"error.message", told.error().full()}});
  std::lock_guard lock(mutex_);
  auto& status = status_[place];
  status.trouble = done ? "" : done.error().full();
  if (done) status.read_at = clock_.wall();
}

}  // namespace vedette::desk
