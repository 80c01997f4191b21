// The readiness checklist of a watch period: what should be done before it begins (content/checklists), and
// who ticked it when. Functions that take a Session run inside the caller's transaction or snapshot.
#pragma once

#include <map>

#include "desk/clocks/two_languages.h"
#include "store/database.h"

namespace vedette::desk {

struct ChecklistItem {
  std::string id = {};
  TwoLanguages what = {}, why = {};
};
// Read once from the program itself; asserts that it parses.
const std::vector<ChecklistItem>& period_checklist();

struct ChecklistTick {
  std::string by = {}, note = {};
  WallTime at{};
};
inline constexpr std::size_t kTickNoteBytes = 1'000;

// By item.
Result<std::map<std::string, ChecklistTick>> load_ticks(store::Session& session,
                                                        const std::string& period_id);
// kNotFound: no such item; kInvalid: the note is too long.
Result<void> tick_item(store::Session& session, const std::string& period_id, const std::string& item,
                       const ChecklistTick& tick);
Result<void> untick_item(store::Session& session, const std::string& period_id, const std::string& item);
// How many items of the list are not ticked.
Result<std::size_t> open_items_of(store::Session& session, const std::string& period_id);

}  // namespace vedette::desk
