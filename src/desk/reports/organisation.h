// Organisation: who reports, once for all reports. Kept by the desk; what the API calls changes it.
#pragma once

#include <string>

#include "base/clock.h"
#include "store/database.h"

namespace vedette::desk {

struct Organisation {
  static constexpr std::size_t kFieldBytes = 500;
  std::string name = {}, address = {}, sector = {};
  std::string contact = {}, phone = {}, email = {};  // whom an authority asks
  bool operator==(const Organisation&) const = default;
};

// Inside the caller's transaction or snapshot; empty fields when nobody has set them.
Result<Organisation> load_organisation(store::Session& session);
// With its audit row. kInvalid names a field that is too long.
Result<void> save_organisation(store::Session& session, const Clock& clock, const Organisation& organisation,
                               const std::string& by);

}  // namespace vedette::desk
