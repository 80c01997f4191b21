#include "desk/periods/checklist.h"

#include "base/assert.h"
#include "desk/clocks/toml_fields.h"
#include "model/content.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::string_view kChecklistFile = "checklists/watch_period.toml";
constexpr std::size_t kItemsMost = 100;

Result<std::vector<ChecklistItem>> read_checklist() {
  TRY_ASSIGN(auto table, read_toml(content::content_file(kChecklistFile), kChecklistFile));
  TomlFields root(table, kChecklistFile);
  std::vector<ChecklistItem> out;
  for (const auto* one : root.tables("item", kItemsMost)) {
    TomlFields fields(*one, kChecklistFile);
    out.push_back({fields.id("id"), fields.both("what"), fields.both("why")});
    root.take(fields.finish());
  }
  TRY(root.finish());
  return out;
}

Result<void> check_item(const std::string& item) {
  if (std::ranges::find(period_checklist(), item, &ChecklistItem::id) != period_checklist().end()) return {};
  return refuse(ErrorCode::kNotFound, "period.no_item", {{"id", item.substr(0, 64)}});
}

}  // namespace

const std::vector<ChecklistItem>& period_checklist() {
  static const std::vector<ChecklistItem> items = [] {
    auto read = read_checklist();
    VEDETTE_ASSERT(read.has_value());
    return *std::move(read);
  }();
  return items;
}

Result<std::map<std::string, ChecklistTick>> load_ticks(store::Session& session,
                                                        const std::string& period_id) {
  TRY_ASSIGN(
      auto rows,
      session.query("SELECT item, ticked_by, note, at FROM period_ticks WHERE period_id = ?", {period_id}));
  std::map<std::string, ChecklistTick> out;
  for (const auto& row : rows) out[row.text(0)] = {row.text(1), row.text(2), from_unix_ms(row.integer(3))};
  return out;
}

Result<void> tick_item(store::Session& session, const std::string& period_id, const std::string& item,
                       const ChecklistTick& tick) {
  TRY(check_item(item));
  if (tick.note.size() > kTickNoteBytes)
    return refuse(ErrorCode::kInvalid, "field.bytes",
                  {{"field", "note"}, {"most", std::to_string(kTickNoteBytes)}});
  TRY(
      session.execute("INSERT INTO period_ticks(period_id, item, ticked_by, note, at) VALUES (?,?,?,?,?) "
                      "ON CONFLICT(period_id, item) DO UPDATE SET ticked_by = excluded.ticked_by, note = "
                      "excluded.note, at = excluded.at",
                      {period_id, item, tick.by, tick.note, to_unix_ms(tick.at)}));
  return {};
}

Result<void> untick_item(store::Session& session, const std::string& period_id, const std::string& item) {
  TRY(check_item(item));
  TRY(session.execute("DELETE FROM period_ticks WHERE period_id = ? AND item = ?", {period_id, item}));
  return {};
}

Result<std::size_t> open_items_of(store::Session& session, const std::string& period_id) {
  TRY_ASSIGN(auto ticks, load_ticks(session, period_id));
  return static_cast<std::size_t>(std::ranges::count_if(
      period_checklist(), [&](const ChecklistItem& item) { return !ticks.contains(item.id); }));
}

}  // namespace vedette::desk
