// What a person does with an alert. Each runs in one transaction with its timeline entry and its audit row,
// and each has its undo: acknowledge/unacknowledge, snooze/unsnooze, close/reopen, merge/unmerge.
#pragma once

#include "desk/alert_store.h"

namespace vedette::desk {

struct Triage {
  store::Session& session;
  const DeskContext& desk;
  const std::string& by;

  // Acknowledging twice changes nothing. kConflict: closed or merged.
  Result<Alert> acknowledge(const std::string& id, const std::string& note);
  Result<Alert> unacknowledge(const std::string& id);
  Result<Alert> snooze(const std::string& id, WallTime until);  // at most 30 days ahead
  Result<Alert> unsnooze(const std::string& id);
  Result<Alert> close(const std::string& id, Resolution resolution, const std::string& note);
  Result<Alert> reopen(const std::string& id);
  // `id` becomes a duplicate of `into` (or of what that was merged into), with those merged into it before.
  Result<Alert> merge(const std::string& id, const std::string& into);
  Result<Alert> unmerge(const std::string& id);

 private:
  Result<void> take_back(AlertRecord& root, const std::string& id);
  Result<AlertRecord> open_alert(const std::string& id);
  Result<Alert> done(AlertRecord& record, const std::string& action, Message text,
                     const std::string& note = {});
};

}  // namespace vedette::desk
