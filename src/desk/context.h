// What the parts of the desk borrow from it. Functions that take a Session run inside the caller's
// transaction.
#pragma once

#include "base/metrics.h"
#include "desk/desk.h"
#include "desk/due_clock.h"
#include "desk/keys.h"

namespace vedette::desk {

struct DeskContext {
  const DeskOptions& options;
  const Clock& clock;
  DueClock& due;
  const Keys& keys;
  Metrics& metrics;
  // Grows whenever a notification is owed anew. Of the database's writer alone.
  std::uint64_t& owed;

  Language language() const {
    return options.mail_language == "en" ? Language::kEnglish : Language::kVietnamese;
  }
};

// Small single values of the desk: the ladder, the newest time seen.
Result<std::optional<std::string>> desk_value(store::Session& session, const std::string& name);
Result<void> set_desk_value(store::Session& session, const std::string& name, const std::string& value);

}  // namespace vedette::desk
