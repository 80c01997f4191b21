#include "desk/clocks/regime_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "desk/clocks/toml_files.h"
#include "model/content.h"

namespace vedette::desk {
namespace {

namespace fs = std::filesystem;

}  // namespace

Result<void> RegimeSet::add_regime(std::string_view toml, const std::string& file) {
  TRY_ASSIGN(auto regime, parse_regime(toml, file));
  auto id = regime.id;
  regimes_.insert_or_assign(std::move(id), std::move(regime));
  return {};
}

Result<void> RegimeSet::add_holidays(std::string_view toml, const std::string& file) {
  TRY_ASSIGN(auto holidays, parse_holidays(toml, file));
  auto id = holidays.id();
  holidays_.insert_or_assign(std::move(id), std::move(holidays));
  return {};
}

Result<void> RegimeSet::check_together() const {
  for (const auto& [id, regime] : regimes_) {
    if (regime.holidays.empty() || holidays_.contains(regime.holidays)) continue;
    return fail(ErrorCode::kInvalid,
                fmt::format("regime {}: holidays: there is no table of holidays \"{}\"; write "
                            "holidays/{}.toml, or name one of those there are",
                            id, regime.holidays, regime.holidays));
  }
  return {};
}

RegimeSet RegimeSet::built_in() {
  RegimeSet set;
  for (const auto& file : content::content_files()) {
    Result<void> added;
    if (file.path.starts_with("holidays/")) added = set.add_holidays(file.bytes, std::string(file.path));
    if (file.path.starts_with("regimes/")) added = set.add_regime(file.bytes, std::string(file.path));
    VEDETTE_ASSERT(added.has_value());
  }
  VEDETTE_ASSERT(set.check_together().has_value());
  return set;
}

Result<RegimeSet> RegimeSet::with_folder(const fs::path& folder) {
  auto set = built_in();
  std::vector<std::string> refusals;
  const auto take = [&](const Result<void>& added) {
    if (!added) refusals.push_back(added.error().full());
  };
  bool any = false;
  for (std::string_view part : {"holidays", "regimes"}) {
    std::error_code error;
    if (!fs::is_directory(folder / part, error)) continue;
    any = true;
    TRY_ASSIGN(auto files, toml_files(folder / part));
    for (const auto& path : files) {
      auto bytes = bytes_of_toml_file(path);
      if (!bytes) {
        refusals.push_back(bytes.error().full());
      } else {
        take(part == "regimes" ? set.add_regime(*bytes, path.string())
                               : set.add_holidays(*bytes, path.string()));
      }
    }
  }
  std::error_code error;
  if (!any && !fs::is_directory(folder / "forms", error))
    return fail(ErrorCode::kNotFound,
                fmt::format("{}: has neither a folder regimes nor a folder holidays nor a folder forms; "
                            "docs/clocks.md says what goes into them",
                            folder.string()));
  if (refusals.empty()) take(set.check_together());
  if (!refusals.empty()) return fail(ErrorCode::kInvalid, fmt::format("{}", fmt::join(refusals, "\n")));
  return set;
}

const Regime* RegimeSet::find(std::string_view id) const {
  auto found = regimes_.find(id);
  return found == regimes_.end() ? nullptr : &found->second;
}

const Holidays* RegimeSet::holidays(std::string_view id) const {
  auto found = holidays_.find(id);
  return found == holidays_.end() ? nullptr : &found->second;
}

std::vector<const Regime*> RegimeSet::regimes() const {
  std::vector<const Regime*> out;
  for (const auto& [id, regime] : regimes_) out.push_back(&regime);
  return out;
}

}  // namespace vedette::desk
