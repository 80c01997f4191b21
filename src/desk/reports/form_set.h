// FormSet: every form that is known, the built-in ones and an organisation's own, which replace those of the
// same id. Immutable once made; share it as a snapshot.
#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "desk/clocks/regime_set.h"
#include "desk/reports/form.h"

namespace vedette::desk {

class FormSet {
 public:
  // content/forms. Asserts that they can be read: a test holds that.
  static FormSet built_in();
  // The built-in ones, with FOLDER/forms/*.toml over them, if there is such a folder. Every refusal, one a
  // line, in the message of kInvalid; so is a form whose regime or step `regimes` does not have.
  static Result<FormSet> with_folder(const std::filesystem::path& folder, const RegimeSet& regimes);

  const Form* find(std::string_view id) const;
  std::vector<const Form*> forms() const;  // by id
  Result<void> check_with(const RegimeSet& regimes) const;

 private:
  Result<void> add(std::string_view toml, const std::string& file);

  std::map<std::string, Form, std::less<>> forms_;
};

}  // namespace vedette::desk
