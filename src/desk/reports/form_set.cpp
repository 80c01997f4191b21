#include "desk/reports/form_set.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "desk/clocks/toml_files.h"
#include "model/content.h"

namespace vedette::desk {

Result<void> FormSet::add(std::string_view toml, const std::string& file) {
  TRY_ASSIGN(auto form, parse_form(toml, file));
  auto id = form.id;
  forms_.insert_or_assign(std::move(id), std::move(form));
  return {};
}

FormSet FormSet::built_in() {
  FormSet set;
  for (const auto& file : content::content_files()) {
    if (file.path.starts_with("forms/"))
      VEDETTE_ASSERT(set.add(file.bytes, std::string(file.path)).has_value());
  }
  return set;
}

Result<FormSet> FormSet::with_folder(const std::filesystem::path& folder, const RegimeSet& regimes) {
  auto set = built_in();
  std::vector<std::string> refusals;
  std::error_code error;
  if (std::filesystem::is_directory(folder / "forms", error)) {
    TRY_ASSIGN(auto files, toml_files(folder / "forms"));
    for (const auto& path : files) {
      auto bytes = bytes_of_toml_file(path);
      auto added = bytes ? set.add(*bytes, path.string()) : Result<void>(std::unexpected(bytes.error()));
      if (!added) refusals.push_back(added.error().full());
    }
  }
  if (refusals.empty()) {
    if (auto fits = set.check_with(regimes); !fits) refusals.push_back(fits.error().full());
  }
  if (!refusals.empty()) return fail(ErrorCode::kInvalid, fmt::format("{}", fmt::join(refusals, "\n")));
  return set;
}

Result<void> FormSet::check_with(const RegimeSet& regimes) const {
  for (const auto& [id, form] : forms_) {
    if (form.regime.empty()) continue;
    const auto* regime = regimes.find(form.regime);
    if (!regime)
      return fail(ErrorCode::kInvalid,
                  fmt::format("form {}: regime: there is no regime \"{}\"; name one of those there are, or "
                              "write it",
                              id, form.regime));
    if (!form.step.empty() && !regime->step(form.step))
      return fail(ErrorCode::kInvalid,
                  fmt::format("form {}: step: regime {} has no step \"{}\"", id, form.regime, form.step));
  }
  return {};
}

const Form* FormSet::find(std::string_view id) const {
  auto found = forms_.find(id);
  return found == forms_.end() ? nullptr : &found->second;
}

std::vector<const Form*> FormSet::forms() const {
  std::vector<const Form*> out;
  for (const auto& [id, form] : forms_) out.push_back(&form);
  return out;
}

}  // namespace vedette::desk
