// A text that a data file gives in both languages, where a key of the catalogues would not do: the file may
// be the user's own.
#pragma once

#include <string>

#include "model/message.h"

namespace vedette::desk {

struct TwoLanguages {
  std::string vi = {}, en = {};
  const std::string& in(Language language) const { return language == Language::kVietnamese ? vi : en; }
  bool operator==(const TwoLanguages&) const = default;
};

}  // namespace vedette::desk
