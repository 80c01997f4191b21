// RegimeSet: every regime and every table of holidays that is known, the built-in ones and an organisation's
// own.
//
// An own file replaces the built-in one of the same id: so an organisation corrects a rule, or adds the days
// off that were announced for the year. Immutable once made; share it as a snapshot.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "desk/clocks/holidays.h"
#include "desk/clocks/regime.h"

namespace vedette::desk {

class RegimeSet {
 public:
  // content/regimes and content/holidays. Asserts that they can be read: a test holds that.
  static RegimeSet built_in();
  // The built-in ones, with FOLDER/regimes/*.toml and FOLDER/holidays/*.toml over them. Every refusal, one a
  // line, in the message of kInvalid; kNotFound: no such folder, or one without
  // any of the folders regimes, holidays and forms (desk/reports/form_set.h).
  static Result<RegimeSet> with_folder(const std::filesystem::path& folder);

  const Regime* find(std::string_view id) const;
  const Holidays* holidays(std::string_view id) const;
  std::vector<const Regime*> regimes() const;  // by id

 private:
  Result<void> add_regime(std::string_view toml, const std::string& file);
  Result<void> add_holidays(std::string_view toml, const std::string& file);
  // Every `holidays` that a regime names is there.
  Result<void> check_together() const;

  std::map<std::string, Regime, std::less<>> regimes_;
  std::map<std::string, Holidays, std::less<>> holidays_;
};

}  // namespace vedette::desk
