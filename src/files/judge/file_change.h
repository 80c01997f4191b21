// FileChange: one thing that happened to one protected file, as the judge sees it.
//
// The guard makes one when a writer closes a file, and when a file is renamed, replaced or deleted. Plain
// value.
//
//   kind       path                  old_path         content
//   kCreated   the new file          ""               describe_file() when its writer closed it
//   kModified  the file              ""               measure_change(pre-image, now)
//   kRenamed   its new name          its old name     absent; nothing was there under the new name
//   kReplaced  the name that had     the name of the  measure_change(what was at path, what is there now)
//              another file before   file now there
//   kDeleted   where it was          ""               describe_removed(), where a pin or pre-image is held
//
// `content` is absent where nothing could be read or kept, and then `content_unknown` says why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "files/judge/content_change.h"

namespace vedette::files {

enum class ChangeKind { kCreated, kModified, kRenamed, kReplaced, kDeleted };

struct FileChange {
  ChangeKind kind = ChangeKind::kModified;
  std::string path;               // where it is now (for kDeleted: where it was)
  std::string old_path;           // kRenamed, kReplaced: where it came from
  std::uint64_t size_before = 0;  // 0 for kCreated
  std::uint64_t size_after = 0;   // 0 for kDeleted
  std::optional<ContentChange> content;
  std::string content_unknown;  // e.g. "over the size cap"; a reason a person reads
  bool canary = false;          // one of our own bait files
  SteadyTime at{};
};

}  // namespace vedette::files
