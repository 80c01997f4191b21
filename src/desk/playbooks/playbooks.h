// Playbooks: the built-in ones, the organisation's own and those that were imported from CACAO. What the API
// calls. An import is one transaction with its audit row; what is kept of it is the file as it came.
// Thread-safe.
#pragma once

#include <memory>

#include "base/clock.h"
#include "desk/playbooks/playbook_set.h"
#include "model/message.h"
#include "store/database.h"

namespace vedette::desk {

class Playbooks {
 public:
  static constexpr std::int64_t kImportedMax = 200;

  Playbooks(store::Database& database, const Clock& clock, std::shared_ptr<const PlaybookSet> set)
      : database_(database), clock_(clock), set_(std::move(set)) {}

  // By id; the imported ones last.
  Result<std::vector<Playbook>> list();
  Result<Playbook> get(const std::string& id);  // kNotFound
  // As CACAO 2.0; of an imported one the very bytes that came.
  Result<std::string> cacao(const std::string& id, Language language);
  // An import of the same CACAO id takes the place of the one before. kInvalid, kLimit.
  Result<Playbook> import_cacao(const std::string& json, const std::string& by);
  Result<void> remove(const std::string& id, const std::string& by);  // an imported one; kNotFound

 private:
  store::Database& database_;
  const Clock& clock_;
  const std::shared_ptr<const PlaybookSet> set_;
};

}  // namespace vedette::desk
