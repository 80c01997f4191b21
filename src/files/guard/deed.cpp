#include "files/guard/deed.h"

namespace vedette::files {

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kCreated:
      return "created";
    case ChangeKind::kModified:
      return "modified";
    case ChangeKind::kRenamed:
      return "renamed";
    case ChangeKind::kReplaced:
      return "replaced";
    case ChangeKind::kDeleted:
      return "deleted";
  }
  return "modified";
}

ChangeKind change_kind_from(std::string_view text) {
  for (auto kind : {ChangeKind::kCreated, ChangeKind::kRenamed, ChangeKind::kReplaced, ChangeKind::kDeleted})
    if (to_string(kind) == text) return kind;
  return ChangeKind::kModified;
}

}  // namespace vedette::files
